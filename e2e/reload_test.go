package e2e

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

// withPolicies is a running rr whose policies are ejected into a folder, on a
// PM2 with an app that a person stopped and one that can be made to fail.
func withPolicies(t *testing.T) (fragile, *pm2test.PM2, *rig, *running) {
	t.Helper()
	api := newFragile(t, "api")
	api.mend()
	p := pm2test.Start(t, "7", api.app, pm2test.Sleeper("stopped"))
	p.Run("stop", "stopped")
	r := forPM2(t, p, "stopped")
	if got := r.rr("policies", "eject", "policies"); got.code != exitOK {
		t.Fatalf("rr policies eject: %s", got)
	}
	r.edit("redundancy.cue", "interval: \"300ms\"", "policies: dir: \"policies\"\ninterval: \"300ms\"")
	service := r.run()
	r.turns(2)

	return api, p, r, service
}

const downRego, erroredRego = "policies/pm2/process/down.rego", "policies/pm2/process/errored.rego"

// (3) A rule that is edited decides from the next turn on, and no turn is
// missed.
func TestEditedRuleDecidesTheNextTurn(t *testing.T) {
	t.Parallel()
	_, _, r, _ := withPolicies(t)
	const old, edited = "stopped on purpose; rr leaves it alone", "stopped, says the edited rule"
	r.edit(downRego, old, edited)
	await(t, "the reload", func() bool { return r.status().Running.Reload.At != nil })
	at := *r.status().Running.Reload.At
	r.turns(2)

	h := r.history()
	for _, turn := range h.Turns {
		want := old
		if turn.At.After(at) {
			want = edited
		}
		findings := slices.DeleteFunc(r.record(turn.Turn).Decision.Findings, func(f schemas.Finding) bool { return f.Subject.Name() != "stopped" })
		if len(findings) != 1 || findings[0].Reason != want {
			t.Errorf("turn %d of %s, reload at %s: findings = %+v, want %q", turn.Turn, turn.At, at, findings, want)
		}
	}
	if n := int64(len(h.Turns)); h.Turns[0].Turn != n || h.Turns[n-1].Turn != 1 {
		t.Errorf("turns %d to %d are %d", h.Turns[n-1].Turn, h.Turns[0].Turn, n)
	}
}

// (3) A misspelt name changes nothing. It is told once, with its place and the
// names that there are, it stands in the status, and what was in force acts on.
func TestMisspeltNameChangesNothingAndIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, file, old, misspelt, told, names string }{
		{"in a policy", erroredRego, "input.process.state ==", "input.process.stat ==", `errored\.rego:\d+:\d+: .*input\.process\.stat\b`, "state"},
		{"in the configuration", "redundancy.cue", "min_interval:", "min_intervall:", `redundancy\.cue:\d+:\d+: .*min_intervall`, "min_interval"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			api, p, r, service := withPolicies(t)
			hash := r.record(0).Decision.PoliciesHash
			before := r.read(row.file)
			r.edit(row.file, row.old, row.misspelt)
			await(t, "the refusal", func() bool { return r.status().Running.Reload.Error != "" })
			refusal := r.status().Running.Reload.Error
			if !regexp.MustCompile(row.told).MatchString(refusal) || !regexp.MustCompile(`\b`+row.names+`\b`).MatchString(refusal) {
				t.Errorf("the refusal does not match %s or does not name %s:\n%s", row.told, row.names, refusal)
			}
			first, _, _ := strings.Cut(refusal, "\n")
			if got := r.rr("status"); !strings.Contains(got.stdout, first) {
				t.Errorf("rr status does not hold %q:\n%s", first, got.stdout)
			}

			service.readAgain() // which tells nothing again
			breakOnce(t, p, api)
			await(t, "the old policies to have healed api", r.recovered("api"))
			service.readAgain()
			r.turns(3)
			if told := service.log.lines("kind=reload", "status=refused"); len(told) != strings.Count(refusal, "\n")+1 {
				t.Errorf("told in %d lines, want each of its lines once: %q", len(told), told)
			}
			if now := r.record(0).Decision.PoliciesHash; now != hash {
				t.Errorf("policies in force were %s and are %s", hash, now)
			}

			r.write(row.file, before)
			await(t, "the refusal to be forgotten", func() bool { return r.status().Running.Reload.Error == "" })
		})
	}
}

// breakOnce makes an app errored and takes the cause away again.
func breakOnce(t *testing.T, p *pm2test.PM2, app fragile) {
	t.Helper()
	app.unmend()
	killAll(t, livesOf(t, p.Home, app.app.Name))
	errored(t, p, app.app.Name)
	app.mend()
}

// (5) The decision of a recorded turn can be had again, byte for byte, also
// after the policies on disk are others.
func TestRecordedTurnIsDecidedAgainByteForByte(t *testing.T) {
	t.Parallel()
	_, _, r, service := withPolicies(t)
	f := startFleet(t, "7")
	f.rig.run()
	await(t, "broken to be exhausted", f.exhausted)
	telling := pickTurns(f.rig)
	if len(telling) < 3 {
		t.Fatalf("turns %v, want some with actions, withheld ones and alerts", telling)
	}
	for _, turn := range telling {
		decidesAgain(t, f.rig, turn)
	}

	service.stop()
	want := decidesAgain(t, r, 2)
	r.edit(downRego, `"score": 60`, `"score": 10`)
	r.edit(downRego, "leaves it alone", "leaves it alone, it says")
	r.write("policies/pm2/process/down_test.rego", strings.ReplaceAll(r.read("policies/pm2/process/down_test.rego"), "finding.score == 60", "finding.score == 10"))
	if got := decidesAgain(t, r, 2); got != want {
		t.Errorf("the decision changed with the policies on disk:\n%s\n%s", got, want)
	}
	if got := decode[evaluated](t, r.rr("eval", "--turn", "2", "--current", "-o", "json")); got.Recorded != "different" || !slices.ContainsFunc(got.Decision.Findings, func(f schemas.Finding) bool { return f.Score == 10 }) {
		t.Errorf("with the policies of now: %s, %+v, want a different decision", got.Recorded, got.Decision.Findings)
	}
}

// pickTurns picks a turn that acted, one that was held, and the last, which
// alerts.
func pickTurns(r *rig) []int64 {
	h := r.history()
	turns := []int64{h.Turns[0].Turn}
	for _, is := range []func(i int) bool{
		func(i int) bool { return h.Turns[i].Actions > 0 },
		func(i int) bool { return h.Turns[i].Withheld > 0 },
	} {
		for i := range h.Turns {
			if is(i) && !slices.Contains(turns, h.Turns[i].Turn) {
				turns = append(turns, h.Turns[i].Turn)
				break
			}
		}
	}

	return turns
}

// decidesAgain decides a recorded turn twice and holds both against the record.
// It returns the decision.
func decidesAgain(t *testing.T, r *rig, turn int64) string {
	t.Helper()
	number := strconv.FormatInt(turn, 10)
	want := member(t, r.rr("history", "show", "-o", "json", number), "record", "decision")
	first, second := r.rr("eval", "--turn", number, "-o", "json"), r.rr("eval", "--turn", number, "-o", "json")
	if first.stdout != second.stdout {
		t.Errorf("turn %d is decided in two ways:\n%s\n%s", turn, first, second)
	}
	if got := member(t, first, "decision"); got != want {
		t.Errorf("turn %d is decided differently:\n%s\nand was recorded as\n%s", turn, got, want)
	}
	if said := decode[evaluated](t, first).Recorded; said != "same" {
		t.Errorf("rr eval says that turn %d is %q, want same", turn, said)
	}

	return want
}

// member is a part of what was printed, without its indentation and otherwise
// byte for byte.
func member(t *testing.T, r result, path ...string) string {
	t.Helper()
	raw := json.RawMessage(r.stdout)
	for _, name := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatalf("%v: %s", err, r)
		}
		raw = object[name]
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		t.Fatalf("%v: %s", err, r)
	}

	return compact.String()
}

// (3) A folder of policies that was refused is watched on, so that mending it is
// enough; and going back to what was in force clears the refusal.
func TestRefusedFolderOfPoliciesIsTakenOnceItIsMended(t *testing.T) {
	t.Parallel()
	_, _, r, service := withPolicies(t)
	if got := r.rr("policies", "eject", "other/policies"); got.code != exitOK {
		t.Fatalf("rr policies eject: %s", got)
	}
	const inOther = "other/policies/pm2/process/down.rego"
	r.edit(inOther, "input.process.state ==", "input.process.stat ==")
	r.edit("redundancy.cue", `policies: dir: "policies"`, `policies: dir: "other/policies"`)
	await(t, "the refusal", func() bool { return r.status().Running.Reload.Error != "" })
	r.edit(inOther, "input.process.stat ==", "input.process.state ==")
	await(t, "the mended folder in force", func() bool { return len(service.log.lines("configuration and policies in force")) == 1 })
	if refusal := r.status().Running.Reload.Error; refusal != "" {
		t.Errorf("the refusal still stands: %s", refusal)
	}
}

// An act that was begun is finished before rr leaves: what it stops for a moment
// is started again.
func TestStopLetsAnActByHandFinish(t *testing.T) {
	t.Parallel()
	slow := pm2test.Shell("slow", `trap "sleep 3; exit 0" INT TERM; while :; do sleep 0.1; done`)
	slow.Extra = map[string]any{"kill_timeout": 8000}
	p := pm2test.Start(t, "7", slow)
	r := forPM2(t, p)
	r.edit("redundancy.cue", `interval: "300ms"`, `interval: "1m"`)
	service := r.run()
	await(t, "the first turn", func() bool { return r.status().turn() > 0 })
	acted := make(chan result, 1)
	go func() { acted <- r.rr("act", "pm2.stop_start", "pm2/local/process/slow") }()
	await(t, "the act", func() bool { return len(r.history().of("slow").Attempts) == 1 })
	service.stop()
	if got := <-acted; got.code != exitOK {
		t.Errorf("rr act: %s", got)
	}
	if got := r.history().of("slow").Attempts; got[0].Status != "done" {
		t.Errorf("the act is recorded as %+v, want done", got[0])
	}
	if facts := decode[collectedFacts](t, r.rr("collect", "-o", "json")).Snapshot.Processes["pm2/local/process/slow"]; facts.State != "online" {
		t.Errorf("the process is %s after rr has left, want online", facts.State)
	}
}
