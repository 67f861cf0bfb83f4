package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

const fieldsOfPM2 = "there are command, crash_loop, dead_for, ecosystem, events, exclude, expect, home, include, ladder, logs, memory, namespaces, stale_after, timeout"

const fieldsOfAll = "there are approval, backup, budget, emergency, flap_window, github, health, interval, journal, maintenance, min_interval, needs, netlify, pm2, policies, settle, shadow"

// mistakes are configurations that are refused, and the lines that say why.
var mistakes = []struct {
	does, text string
	want       string
}{
	// names
	{"tells a misspelt field, with the one that was meant", `pm2: local: expct: ["api"]`,
		`redundancy.cue:1:13: pm2.local.expct: field not allowed; did you mean expect? ` + fieldsOfPM2},
	{"tells a misspelt field at any depth", `pm2: local: ladder: restrat: attempts: 3`,
		`redundancy.cue:1:21: pm2.local.ladder.restrat: field not allowed; did you mean restart? there are recreate, reload, restart, restore_app, restore_dump, resurrect, start_ecosystem, stop, stop_start, upkeep`},
	{"tells a field that is at home below", `pm2: local: restart: attempts: 3`,
		`redundancy.cue:1:13: pm2.local.restart: field not allowed; did you mean ladder.restart? ` + fieldsOfPM2},
	{"tells a field that is at home above", `pm2: local: minInterval: "1s"`,
		`redundancy.cue:1:13: pm2.local.minInterval: field not allowed; did you mean min_interval, outside of pm2? ` + fieldsOfPM2},
	{"tells a field that is like no other", "pm2: local: {}\nelephant: 1",
		`redundancy.cue:2:1: elephant: field not allowed; ` + fieldsOfAll},
	{"tells an entry whose name was left out", `pm2: expect: ["api"]`,
		`redundancy.cue:1:14: pm2.expect must be a struct { … } of command, crash_loop, dead_for, ecosystem, events, exclude, expect, home, include, ladder, logs, memory, namespaces, stale_after, timeout; did you mean pm2: local: expect?`},
	{"tells an entry with a name that cannot be part of an id", `pm2: "My App": {}`,
		`redundancy.cue:1:6: pm2."My App": field not allowed; a name in pm2 is made of a-z, 0-9, _ and -, as in pm2: local`},
	{"tells text without quotes", `pm2: local: expect: [api]`,
		`redundancy.cue:1:22: api is not defined; text is written in quotes: "api"`},

	{"tells a definition that closes too much", "#app: memory: limit: \"1G\"\npm2: local: memory: #app.memory",
		`redundancy.cue:2:13: pm2.local.memory.warn_pct: field not allowed by a definition of this file, which is closed; begin the definition's name with _ instead of #`},

	// values
	{"tells a number that should be a duration", "pm2: local: {}\ninterval: 5", `redundancy.cue:2:11: interval must be a duration as in "5s"`},
	{"tells a duration with a wrong unit", "pm2: local: {}\ninterval: \"5x\"", `redundancy.cue:2:11: interval must be a duration as in "5s"`},
	{"tells text that should be a list", `pm2: local: expect: "api"`, `redundancy.cue:1:21: pm2.local.expect must be a list as in ["api", "worker"]`},
	{"tells a number in a list of names", `pm2: local: expect: ["api", 1]`, `redundancy.cue:1:29: pm2.local.expect must hold names as in ["api"]`},
	{"tells text that should be true or false", `pm2: local: events: "yes"`, `redundancy.cue:1:21: pm2.local.events must be true or false`},
	{"tells a size with a wrong unit", `pm2: local: memory: limit: "300Q"`, `redundancy.cue:1:28: pm2.local.memory.limit must be a size as in "300M"`},
	{"tells a size that no machine has", `pm2: local: memory: limit: "99999999999G"`, `redundancy.cue:1:28: pm2.local.memory.limit must be a size as in "300M"`},
	{"tells a fraction that should be whole", `pm2: local: memory: warn_pct: 0.9`, `redundancy.cue:1:31: pm2.local.memory.warn_pct must be a whole number of percent as in 90`},
	{"tells a score above 100", "pm2: local: {}\nhealth: healthy: 180", `redundancy.cue:2:18: health.healthy must be a whole number from 0 to 100`},
	{"tells a negative number of attempts", `pm2: local: ladder: restart: attempts: -1`, `redundancy.cue:1:40: pm2.local.ladder.restart.attempts must be a whole number from 0 to 1000`},
	{"tells a value that should be a struct", `pm2: local: memory: 300`, `redundancy.cue:1:21: pm2.local.memory must be a struct { … } of for, limit, restart_pct, warn_pct`},
	{"tells a list that should be a struct of entries", `pm2: ["local"]`, `redundancy.cue:1:6: pm2 must hold entries, each under a name of your choice, as in pm2: local: {}`},
	{"tells null", `pm2: local: home: null`, `redundancy.cue:1:19: pm2.local.home must be a path as in "/home/me/.pm2"`},
	{"tells a type without a value", "pm2: local: {}\ninterval: string", `redundancy.cue:2:11: interval has no value: a type or a condition is not enough`},
	{"tells two values of one field", "pm2: local: {}\ninterval: \"5s\"\ninterval: \"6s\"", `redundancy.cue:3:11: interval is given two values, here and in line 2`},

	// syntax
	{"tells a bracket that is not closed", `pm2: local: {`, `redundancy.cue:1:14: expected '}', found 'EOF'`},
	{"tells a duration without quotes", "pm2: local: {}\ninterval: 5s", `redundancy.cue:2:12: expected a new line or ',' before this; text and durations are written in quotes, and one name in another as in pm2: local: {}`},
	{"tells an import of what is not built in", "import \"acme.com/x\"\npm2: local: home: x.y", `redundancy.cue:1:8: only CUE's own packages can be imported, as in import "strings"`},
	{"tells a file without anything", " \n\n", `redundancy.cue: is empty; rr init writes one`},
	{"tells bytes that are no text", "pm2: local: {}\n// \xff", `redundancy.cue:2:4: is not UTF-8 from here on`},
	{"tells a text that is too long", strings.Repeat("// a long comment\n", 70_000), `redundancy.cue: is larger than 1 MB: this is no configuration`},
	{"tells a text of too many parts", "pm2: local: expect: [" + strings.Repeat(`"a",`, 30_000) + "]", `redundancy.cue: has 30000 lines and commas, more than the 20000 that rr reads`},
	{"tells a bomb of brackets", "a: " + strings.Repeat("[", 100_000), `redundancy.cue:1:104: is nested too deeply from here on`},
	{"tells a bomb of names", "x:\n" + strings.Repeat("a: ", 100_000) + "1", `redundancy.cue:2:2999: is nested too deeply from here on`},

	// secrets
	{"refuses a secret", `pm2: local: token: "s3cr3t"`,
		`redundancy.cue:1:13: token: field not allowed; no secret may be in this file: name the environment variable that holds it (token_env: "TOKEN") or its file (token_file)`},
	{"refuses a secret that is hidden from CUE", "pm2: local: {}\n_db_password: \"s3cr3t\"",
		`redundancy.cue:2:1: _db_password: field not allowed; no secret may be in this file: name the environment variable that holds it (db_password_env: "DB_PASSWORD") or its file (db_password_file)`},

	// what fields must be to one another
	{"tells that nothing is watched", `interval: "5s"`, `redundancy.cue:1:1: nothing is watched: name a PM2 home, as in pm2: local: {}, a repository in github:, or a site in netlify:`},
	{"tells thresholds in the wrong order", "pm2: local: {}\nhealth: critical: 90", `redundancy.cue:2:9: health.critical (90) must be below health.healthy (80)`},
	{"tells an interval that is too short", "pm2: local: {}\nmin_interval: \"1ms\"\ninterval: \"10ms\"", `redundancy.cue:3:1: interval must be at least 100ms`},
	{"tells a duration of 0", "pm2: local: {}\nsettle: \"0s\"", `redundancy.cue:2:1: settle must be longer than 0`},
	{"tells a negative duration", `pm2: local: memory: for: "-1s"`, `redundancy.cue:1:21: pm2.local.memory.for must not be negative`},
	{"tells a look that takes longer than facts keep", `pm2: local: timeout: "31s"`, `redundancy.cue:1:13: pm2.local.stale_after (30s) must be at least pm2.local.timeout (31s)`},
	{"tells a cooldown above its limit", `pm2: local: ladder: restart: cooldown: "1h"`,
		`redundancy.cue:1:30: pm2.local.ladder.restart.max_cooldown (30m) must be at least pm2.local.ladder.restart.cooldown (1h)`},
	{"tells a warning after the restart", `pm2: local: memory: warn_pct: 150`, `redundancy.cue:1:21: pm2.local.memory.restart_pct (100) must be at least warn_pct (150)`},
	{"tells a journal that forgets what budgets count", "pm2: local: {}\nbudget: total: window: \"200h\"", `redundancy.cue:2:16: journal.keep_for (168h) must be at least budget.total.window (200h)`},
	{"tells two entries for one home", "pm2: one: home: \"/srv/.pm2\"\npm2: two: home: \"/srv/.pm2/\"",
		`redundancy.cue:2:11: pm2.one and pm2.two have the same home: each process would be watched and acted on twice`},
	{"tells two entries for the default home", "pm2: one: {}\npm2: two: {}",
		`redundancy.cue:2:6: pm2.one and pm2.two have the same home: each process would be watched and acted on twice`},
	{"tells an empty name", `pm2: local: expect: ["a", ""]`, `redundancy.cue:1:27: pm2.local.expect holds an empty name`},
	{"tells a name that is there twice", `pm2: local: expect: ["a", "b", "a"]`, `redundancy.cue:1:32: pm2.local.expect names "a" twice`},

	// persons
	{"tells a cron that is none", "pm2: local: {}\nmaintenance: [{cron: \"0 25 * * *\", for: \"1h\"}]",
		`redundancy.cue:2:16: maintenance.0.cron: end of range (25) above maximum (23): 25; want minute, hour, day of month, month and day of week, as in "0 3 * * 0"`},
	{"tells a cron with a zone", "pm2: local: {}\nmaintenance: [{cron: \"TZ=UTC 0 5 * * *\", for: \"1h\"}]",
		`redundancy.cue:2:16: maintenance.0.cron: a zone is written into zone; want minute, hour, day of month, month and day of week, as in "0 3 * * 0"`},
	{"tells a zone that there is none of", "pm2: local: {}\nmaintenance: [{cron: \"0 5 * * *\", for: \"1h\", zone: \"Europe/Berln\"}]",
		`redundancy.cue:2:46: maintenance.0.zone: there is no time zone "Europe/Berln"; want one as in "Europe/Berlin"`},
	{"tells a window that is too long", "pm2: local: {}\nmaintenance: [{cron: \"0 5 * * *\", for: \"169h\"}]", `redundancy.cue:2:35: maintenance.0.for must be longer than 0 and at most 168h`},
	{"tells an emergency that is never left", "pm2: local: {}\nemergency: enter: 80", `redundancy.cue:2:12: emergency.enter (80) must be below emergency.leave (80)`},
	{"tells a step that does two things", "pm2: local: {}\nemergency: plan: [{backup: [\"pm2\"], recover: \"pm2\"}]",
		`redundancy.cue:2:19: emergency.plan.0 must either back up or recover: make two steps of it`},
	{"tells a step that backs up what is no set", "pm2: local: {}\nbackup: {}\nemergency: plan: [{backup: [\"pm2-locl\"]}]",
		`redundancy.cue:3:29: emergency.plan.0.backup: no set is called "pm2-locl"; did you mean pm2-local?`},
	{"tells a step that backs up where nothing is", "pm2: local: {}\nemergency: plan: [{backup: [\"pm2-local\"]}]",
		`redundancy.cue:2:29: emergency.plan.0.backup: no set is called "pm2-local": nothing is backed up; write backup: {}`},
	{"tells a step that recovers what is not watched", "pm2: local: {}\nemergency: plan: [{recover: \"pm2/lokal\"}]",
		`redundancy.cue:2:20: emergency.plan.0.recover: nothing that is watched is called "pm2/lokal"; there are pm2/local/daemon, pm2/local/process`},
	{"tells an approval that never holds", "pm2: local: {}\napproval: expires: \"0s\"", `redundancy.cue:2:11: approval.expires must be longer than 0`},
	{"tells a selector of everything", "pm2: local: {}\nshadow: [{}]", `redundancy.cue:2:10: shadow.0 picks everything: give it a verb, a policy or on`},

	// several
	{"tells every mistake, in the order of the text", "settel: \"3s\"\npm2: local: {expct: [], ladder: restart: attempts: \"x\"}\ninterval: 5\npm2: b: ladder: restrat: {}",
		"redundancy.cue:1:1: settel: field not allowed; did you mean settle? " + fieldsOfAll + "\n" +
			"redundancy.cue:2:14: pm2.local.expct: field not allowed; did you mean expect? " + fieldsOfPM2 + "\n" +
			"redundancy.cue:2:52: pm2.local.ladder.restart.attempts must be a whole number from 0 to 1000\n" +
			"redundancy.cue:3:11: interval must be a duration as in \"5s\"\n" +
			"redundancy.cue:4:17: pm2.b.ladder.restrat: field not allowed; did you mean restart? there are recreate, reload, restart, restore_app, restore_dump, resurrect, start_ecosystem, stop, stop_start, upkeep"},
}

func TestParseTellsEveryMistakeInOneLineWithItsPlace(t *testing.T) {
	for _, row := range mistakes {
		t.Run("it "+row.does, func(t *testing.T) {
			_, err := Parse("redundancy.cue", []byte(row.text))
			var told Errors
			if !errors.As(err, &told) {
				t.Fatalf("Parse() = %v, want Errors", err)
			}
			if told.Error() != row.want {
				t.Errorf("Parse() said\n%s\nwant\n%s", told, row.want)
			}
		})
	}
}

func TestParseTellsNotMoreMistakesThanAReaderCanUse(t *testing.T) {
	_, err := Parse("redundancy.cue", []byte("pm2: local: expect: ["+strings.Repeat("1,", 5_000)+"]"))
	var told Errors
	if !errors.As(err, &told) || len(told) != maxTold+1 || told[maxTold].Message != "there are more mistakes than these" {
		t.Errorf("Parse() told %d, want %d and that there are more", len(told), maxTold)
	}
}

func TestParseNeverRepeatsASecret(t *testing.T) {
	for _, row := range mistakes {
		_, err := Parse("redundancy.cue", []byte(row.text))
		if strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("it %s: said %v", row.does, err)
		}
	}
}

// worked is the example of DESIGN.md, as far as there are systems for it.
const worked = `interval: "5s"
pm2: local: {expect: ["api", "worker"]} // home: default $PM2_HOME, then ~/.pm2
policies: dir: "policies"
health: {weights: {pm2: 33}, healthy: 80, critical: 50}
pm2: local: ladder: restart: {attempts: 3, cooldown: "30s"}
`

func TestParseFillsEveryDefault(t *testing.T) {
	loaded, err := Parse("/etc/rr/redundancy.cue", []byte(worked))
	if err != nil {
		t.Fatal(err)
	}
	second := schemas.Duration(time.Second)
	local := loaded.Config.PM2["local"]
	for _, row := range []struct {
		does      string
		got, want any
	}{
		{"keeps interval", loaded.Config.Interval, 5 * second},
		{"fills min_interval", loaded.Config.MinInterval, second},
		{"fills flap_window", loaded.Config.FlapWindow, 3600 * second},
		{"keeps expect", strings.Join(local.Expect, " "), "api worker"},
		{"leaves home", local.Home, ""},
		{"fills events", local.Events, true},
		{"fills command", local.Command, "pm2"},
		{"fills memory", local.Memory, schemas.PM2Memory{WarnPct: 90, RestartPct: 100, For: 30 * second}},
		{"joins a rung with its defaults", local.Ladder.Restart, schemas.Rung{Attempts: 3, Cooldown: 30 * second, MaxCooldown: 1800 * second}},
		{"fills the next rung", local.Ladder.StopStart, schemas.Rung{Attempts: 1, Cooldown: 60 * second, MaxCooldown: 1800 * second}},
		{"fills the budget", loaded.Config.Budget.Target, schemas.Limit{Max: 5, Window: 600 * second}},
		{"reads sizes", loaded.Config.Journal.MaxSize, schemas.Size(200 << 20)},
		{"finds policies beside the file", loaded.PolicyDir(), "/etc/rr/policies"},
		{"keeps the text", string(loaded.Text), worked},
		{"hashes the text", len(loaded.Hash), 64},
	} {
		if row.got != row.want {
			t.Errorf("it %s: got %v, want %v", row.does, row.got, row.want)
		}
	}
}

func TestParseTakesWhatCUECanCompute(t *testing.T) {
	for _, row := range []struct{ does, text string }{
		{"takes JSON", `{"pm2": {"local": {"expect": ["api"]}}}`},
		{"takes a built-in package", "package rr\nimport \"strings\"\npm2: local: expect: strings.Split(\"a,b\", \",\")"},
		{"takes hidden fields and definitions", "_app: memory: limit: \"1G\"\n#seconds: 7\ninterval: \"\\(#seconds)s\"\npm2: local: _app"},
		{"takes a loop over homes", `pm2: {for n in ["one", "two"] {(n): home: "/srv/\(n)"}}`},
		{"takes a home by a name with a word for a secret", `pm2: token: {}`},
		{"takes a rung that is left out", `pm2: local: ladder: resurrect: attempts: 0`},
	} {
		if _, err := Parse("redundancy.cue", []byte(row.text)); err != nil {
			t.Errorf("it %s: %v", row.does, err)
		}
	}
}

func TestLoadSaysWhatIsWrongWithAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, FileName)
	put(t, file, worked)
	if loaded, err := Load(file); err != nil || loaded.Path != file {
		t.Errorf("Load() = %s, %v, want %s", loaded.Path, err, file)
	}
	for _, row := range []struct{ does, path, want string }{
		{"tells a file that is not there", filepath.Join(dir, "none.cue"), "none.cue: no such file; rr init writes one"},
		{"tells a folder", dir, "is a folder; name the file in it, as in " + file},
		{"tells a device", os.DevNull, "/dev/null: is not a regular file"},
	} {
		if _, err := Load(row.path); err == nil || !strings.HasSuffix(err.Error(), row.want) {
			t.Errorf("it %s: Load() = %v, want … %s", row.does, err, row.want)
		}
	}
}

func TestLoadDoesNotReadAllOfAFileThatIsTooLong(t *testing.T) {
	file := filepath.Join(t.TempDir(), FileName)
	put(t, file, "")
	must(t, os.Truncate(file, 1<<40))
	if _, err := Load(file); err == nil || !strings.HasSuffix(err.Error(), "is larger than 1 MB: this is no configuration") {
		t.Errorf("Load() = %v", err)
	}
}

func TestDiscoverSaysWhichConfigurationAndWhy(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, FileName), worked)
	none := t.TempDir()
	for _, row := range []struct{ does, flag, env, dir, path, how string }{
		{"prefers the flag", "a.cue", "b.cue", dir, "a.cue", "--config"},
		{"then takes the environment", "", "b.cue", dir, "b.cue", "$RR_CONFIG"},
		{"then looks beside it", "", "", dir, filepath.Join(dir, FileName), "./redundancy.cue"},
		{"finds none", "", "", none, "", ""},
	} {
		path, how, err := Discover(row.flag, func(string) string { return row.env }, row.dir)
		if path != row.path || how != row.how || (err != nil) != (row.path == "") {
			t.Errorf("it %s: Discover() = %q, %q, %v, want %q, %q", row.does, path, how, err, row.path, row.how)
		}
		if err != nil && (!strings.Contains(err.Error(), "rr init") || !errors.Is(err, fs.ErrNotExist)) {
			t.Errorf("it %s: %v does not say rr init", row.does, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("redundancy.cue", []byte(worked)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseOfAMistake(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("redundancy.cue", []byte(worked+"settel: \"3s\"\ninterval: 5\n")); err == nil {
			b.Fatal("no error")
		}
	}
}
