package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (8) Bad input of a person is refused with one message, before anything is
// written.
func TestBadTextIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	const watch = "pm2: local: {}\npolicies: dir: \"policies\"\n"
	const policy = "# METADATA\n# title: mine\npackage policies.pm2.process.mine\n\n# METADATA\n# description: mine\nfindings contains finding if {\n\t%s\n\tfinding := {\"score\": 0, \"severity\": \"critical\", \"reason\": \"mine\"}\n}\n"
	for _, row := range []struct {
		name, config, rego string
		want               string // of the message
		more               bool   // lines may follow: what does not parse is missed elsewhere
	}{
		{"CUE that does not parse", "interval: \"5s\n", "", `redundancy\.cue:1:\d+: `, false},
		{"CUE of another type", "interval: 5\n", "", `redundancy\.cue:1:\d+: interval must be a duration`, false},
		{"a field that is not there", "intervall: \"5s\"\n", "", `redundancy\.cue:1:1: .*did you mean "?interval`, false},
		{"a secret", "github_token: \"x\"\n", "", `redundancy\.cue:1:1: .*no secret`, false},
		{"Rego that does not parse", watch, "package policies.pm2.process.mine\n\nfindings contains {", `mine\.rego:3:\d+: `, true},
		{"Rego that does not compile", watch, fmt.Sprintf(policy, "nothing.like.this"), `mine\.rego:8:\d+: .*nothing`, false},
		{"Rego that reaches outside", watch, fmt.Sprintf(policy, `http.send({"url": "http://localhost"})`), `mine\.rego:8:\d+: .*http\.send`, false},
		{"a misspelt fact", watch, fmt.Sprintf(policy, `input.process.stat == "online"`), `mine\.rego:8:\d+: .*stat\b.*state`, false},
	} {
		t.Run("it refuses "+row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, row.config)
			if row.rego != "" {
				r.policy("mine.rego", row.rego)
				r.policy("mine_test.rego", "package policies.pm2.process.mine_test\n\nimport data.policies.pm2.process.mine\n\ntest_it if count(mine.findings) >= 0\n")
			}
			for _, args := range [][]string{{"check"}, {"run", "--once"}, {"run"}} {
				got := r.rr(args...)
				first, rest, _ := strings.Cut(got.stderr, "\n")
				if got.code != exitUsage || got.stdout != "" || !regexp.MustCompile(row.want).MatchString(first) {
					t.Errorf("rr %v: want exit %d and a line that matches %s: %s", args, exitUsage, row.want, got)
				}
				if rest != "" && !row.more {
					t.Errorf("rr %v says more than one line: %s", args, got)
				}
			}
			if _, err := os.Stat(r.path(".rr")); !os.IsNotExist(err) {
				t.Errorf("there is a state (%v)", err)
			}
		})
	}
}

// policy writes a policy about processes.
func (r *rig) policy(name, text string) {
	r.t.Helper()
	r.mkdir("policies/pm2/process")
	r.write(filepath.Join("policies/pm2/process", name), text)
}

// one is PM2's answer about one app, as short as it may be.
const one = `[{"pid":0,"name":"api","pm_id":0,"pm2_env":{"name":"api","pm_id":0,"status":"errored","restart_time":16,"autorestart":true%s}}]`

// (8) A daemon that answers nonsense or not at all is unknown: rr says why,
// acts on nothing and goes on.
func TestDaemonThatAnswersBadlyIsUnknown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		answer func(*pm2test.FakeConn, pm2test.FakeCall)
		want   string // of the source's error
	}{
		{"half a reply", func(c *pm2test.FakeConn, call pm2test.FakeCall) {
			whole := pm2test.Message(`j:{"args":[`+fmt.Sprintf(one, "")+`]}`, "s:"+call.ID)
			c.Write(whole[:len(whole)/2])
			c.Close()
		}, "closed"},
		{"half a reply and then nothing", func(c *pm2test.FakeConn, call pm2test.FakeCall) {
			whole := pm2test.Message(`j:{"args":[`+fmt.Sprintf(one, "")+`]}`, "s:"+call.ID)
			c.Write(whole[:len(whole)/2])
		}, "deadline|answer"},
		{"a reply of 50 MB", func(c *pm2test.FakeConn, call pm2test.FakeCall) {
			c.Answer(call, fmt.Sprintf(one, `,"x":"`+strings.Repeat("x", 50<<20)+`"`))
		}, "32 MiB|33554432|larger|long"},
		{"a list that is no list", func(c *pm2test.FakeConn, call pm2test.FakeCall) { c.Answer(call, `{"apps":1}`) }, "list"},
		{"an error", func(c *pm2test.FakeConn, call pm2test.FakeCall) { c.Refuse(call, "boom") }, "boom"},
		{"no reply", func(*pm2test.FakeConn, pm2test.FakeCall) {}, "deadline|answer"},
		{"the end of the connection", func(c *pm2test.FakeConn, _ pm2test.FakeCall) { c.Close() }, "closed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			daemon := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
				if call.Method == "getMonitorData" {
					row.answer(c, call)
					return
				}
				answerWell(c, call, "")
			})
			r := newRig(t, settings{home: daemon.Home, expect: []string{"api"}, more: brisk}.String())

			once := r.rr("run", "--once", "-o", "json")
			if got := decode[evaluated](t, once); once.code != exitUnknown || len(got.Outcomes) != 0 {
				t.Errorf("want exit %d and no outcome: %s", exitUnknown, once)
			}
			source := r.record(0).Snapshot.Sources["pm2/local/process"]
			if source.State != schemas.SourceUnknown || !regexp.MustCompile(row.want).MatchString(source.Error) {
				t.Errorf("source is %s: %q, want unknown and %s", source.State, source.Error, row.want)
			}
			if len(source.Error) > 400 || strings.Contains(source.Error, "\n") {
				t.Errorf("the reason is no short line: %.500q", source.Error)
			}
		})
	}
}

// (8) A running rr outlives a daemon that answers badly for a while, and sees
// it well again.
func TestRROutlivesBadAnswers(t *testing.T) {
	t.Parallel()
	var bad atomic.Bool
	daemon := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		if bad.Load() && call.Method == "getMonitorData" {
			c.Write([]byte{0x12, 0, 0, 0, 40, 'j', ':', '{'})
			c.Close()
			return
		}
		answerWell(c, call, "[]")
	})
	r := newRig(t, settings{home: daemon.Home, more: brisk}.String())
	r.run()
	score := func() *int { return r.status().Record.Decision.Health.Score }
	r.turns(2)
	if got := score(); got == nil || *got != 100 {
		t.Errorf("score at first is not 100: %+v", r.status().Record.Decision.Health)
	}
	bad.Store(true)
	await(t, "the score to be unknown", func() bool { return score() == nil })
	r.turns(3)
	bad.Store(false)
	await(t, "the score to be known again", func() bool { got := score(); return got != nil && *got == 100 })
}

// answerWell answers the calls of a look. list is PM2's list of apps.
func answerWell(c *pm2test.FakeConn, call pm2test.FakeCall, list string) {
	switch call.Method {
	case "getMonitorData":
		c.Answer(call, list)
	case "getVersion":
		c.Answer(call, `"7.0.4"`)
	case "getReport":
		c.Answer(call, `{"pm2_version":"7.0.4","node_version":"20.0.0"}`)
	}
}

// (8) A daemon that dies in a call leaves the outcome unknown: rr does not ask
// again before it has looked for the settle time.
func TestCallThatDiesIsNotRepeatedBlindly(t *testing.T) {
	t.Parallel()
	var restarts atomic.Int64
	daemon := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		if call.Method == "restartProcessId" {
			restarts.Add(1)
			c.Close()
			return
		}
		answerWell(c, call, fmt.Sprintf(one, ""))
	})
	r := newRig(t, settings{home: daemon.Home, more: brisk + "settle: \"2s\"\n"}.String())
	r.run()
	await(t, "an attempt", func() bool { return len(r.history().of("api").Attempts) == 1 })
	r.turns(3)
	if n := restarts.Load(); n != 1 {
		t.Errorf("it was asked to restart %d times, want once", n)
	}
	attempt := r.history().of("api").Attempts[0]
	if attempt.Status != schemas.OutcomeUnknown || attempt.State != schemas.AttemptPending {
		t.Errorf("the attempt is %s, %s, want unknown and pending", attempt.Status, attempt.State)
	}
	if guards := guardsOf(*r.status().Record); !slices.Contains(guards, schemas.GuardInFlight) {
		t.Errorf("held by %v, want %s", guards, schemas.GuardInFlight)
	}
	await(t, "the attempt to be verified", func() bool {
		attempts := r.history().of("api").Attempts
		return attempts[len(attempts)-1].State == schemas.AttemptFailed
	})
}

// (8) A journal that was cut off is kept aside and told, and rr goes on.
func TestTruncatedJournalIsKeptAsideAndTold(t *testing.T) {
	t.Parallel()
	daemon := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) { answerWell(c, call, "[]") })
	r := newRig(t, settings{home: daemon.Home, more: brisk}.String())
	for range 3 {
		if got := r.rr("run", "--once"); got.code != exitOK {
			t.Fatalf("rr run --once: %s", got)
		}
	}
	db := r.path(".rr", "rr.db")
	whole, err := os.Stat(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(db, whole.Size()/3); err != nil {
		t.Fatal(err)
	}

	const told = "the journal was damaged and is kept as "
	service := r.run()
	await(t, "rr to run", func() bool { return len(service.log.lines("kind=run", "status=enforcing")) == 1 })
	r.turns(2)
	if lines := service.log.lines("kind=journal", told); len(lines) != 1 {
		t.Errorf("the log tells it %d times, want once: %s", len(lines), service.log)
	}
	got := r.rr("status")
	_, rest, said := strings.Cut(got.stdout, told)
	kept, _, _ := strings.Cut(rest, ";")
	if !said {
		t.Fatalf("rr status does not say where the journal is kept: %s", got)
	}
	aside, err := os.Stat(kept)
	if err != nil || aside.Size() != whole.Size()/3 && !aside.IsDir() {
		t.Errorf("kept %v, %v, want the %d bytes that were left", aside, err, whole.Size()/3)
	}
}

// (8) What rr may not read or write it names in one line.
func TestWhatRRMayNotTouchIsNamed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		forbid  func(*rig)
		code    int
		message string
	}{
		{"a configuration that it may not read", func(r *rig) { lock(r.t, r.path("redundancy.cue"), 0) }, exitUsage, `redundancy\.cue: permission denied`},
		{"a folder in which it may not make its state", func(r *rig) { lock(r.t, r.dir, 0o555) }, exitFailed, `open journal: .*permission denied`},
		{"a state that it may not open", func(r *rig) { r.mkdir(".rr"); lock(r.t, r.path(".rr"), 0) }, exitFailed, `open journal: .*permission denied`},
	} {
		t.Run("it names "+row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "pm2: local: {}\n")
			r.asAnother()
			row.forbid(r)
			got := r.rr("run", "--once")
			if got.code != row.code || !regexp.MustCompile(row.message).MatchString(got.stderr) || strings.Count(got.stderr, "\n") != 1 || got.stdout != "" {
				t.Errorf("want exit %d and one line that matches %s: %s", row.code, row.message, got)
			}
		})
	}
}

// (8) A second rr on one state refuses and names the first.
func TestSecondRROnOneStateRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, "pm2: local: {}\n"+brisk)
	first := r.run()
	r.turns(1)
	for _, args := range [][]string{{"run"}, {"run", "--once"}} {
		got := r.rr(args...)
		if want := fmt.Sprintf("pid %d", first.cmd.Process.Pid); got.code != exitLocked || !strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("rr %v: want exit %d and one line with %q: %s", args, exitLocked, want, got)
		}
	}
	r.turns(1)
}
