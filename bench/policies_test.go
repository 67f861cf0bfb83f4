package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rr/policies"
	"rr/schemas"
)

// restless is a policy as an operator may write it: several facts of the subject
// and of what is around it, and a text.
const restless = `package policies.pm2.process.restless

findings contains finding if {
	input.process.state == "online"
	input.process.restarts_1h > 3
	input.attempts["pm2.restart"].tried == 0
	_few_others

	finding := {"score": 55, "severity": "warning", "reason": sprintf("%s was restarted %d times within the hour", [input.process.name, input.process.restarts_1h])}
}

alerts contains alert if {
	input.process.restarts_10m > 5
	input.parent.events == "connected"
	not _quiet

	alert := {"severity": "warning", "reason": sprintf("restless: %d restarts in 10 minutes", [input.process.restarts_10m])}
}

_few_others if input.peers.errored * 10 < input.peers.total

_quiet if input.process.restarts_1m == 0
`

const restlessTest = `package policies.pm2.process.restless_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.restless

test_a_restless_process_is_shown if {
	input_of := object.union(fixtures.process, {"process": {"restarts_1h": 4}})
	count(restless.findings) == 1 with input as input_of with data.config as fixtures.config
}
`

// generous lets a decision about 10,000 subjects take as long as this machine
// needs.
var generous = policies.Limits{Turn: 10 * time.Minute, Deadline: time.Minute, MemoryBytes: 4 << 30}

// snapshot is n processes of complete facts. One in a hundred is errored, one
// in fifty over its memory warning and one in two hundred over its limit.
func snapshot(n int) schemas.Snapshot {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := schemas.NewSnapshot("bench", schemas.Moment{At: at, HostID: "host", BootID: "boot", BootMS: 1_000_000, ClockMS: 1_000_000})
	s.Turn = 1
	facts := schemas.PM2Facts{Scope: "local", TakenAt: at, Processes: map[schemas.ID]schemas.Process{}, Daemon: schemas.Daemon{
		State: schemas.DaemonServing, Home: "/home/app/.pm2", Version: "7.0.4", NodeVersion: "20.20.0", PID: new(4000),
		UptimeS: new(int64(86_400)), MemoryBytes: new(int64(60 << 20)), Dump: "present", Restorable: "unknown", SavedApps: &n, Events: "connected",
	}}
	for i := range n {
		name := fmt.Sprintf("app-%d", i)
		process := schemas.Process{
			Name: name, Namespace: "default", State: schemas.ProcessOnline, Status: "online", PMID: new(i), PID: new(5000 + i),
			Restarts: int64(i % 7), Restarts1h: int64(i % 5), WatchedS: 86_400, UptimeS: new(int64(86_400 - i)),
			MemoryBytes: new(int64(i%95) * 3 << 20), MemoryLimitBytes: new(int64(300 << 20)), MemoryPct: new(int64(i % 90)),
			CPUPct: new(int64(i % 20)), TreeSize: new(1 + i%3), Autorestart: "yes", ExecMode: "fork_mode",
			Script: "/srv/" + name + "/server.js", Cwd: "/srv/" + name,
		}
		switch {
		case i%100 == 0:
			process.State, process.Status = schemas.ProcessErrored, "errored"
		case i%50 == 1:
			process.MemoryPct = new(int64(93))
		case i%200 == 3:
			process.MemoryPct = new(int64(140))
		}
		facts.Processes[schemas.NewID("pm2", "local", "process", name, 0)] = process
	}
	facts.Into(&s)
	s.Complete()

	return s
}

func settings(b *testing.B) schemas.Config {
	b.Helper()

	return parse(b, `pm2: local: {}`)
}

func builtin(b *testing.B) *policies.Engine {
	b.Helper()

	return must[*policies.Engine](b)(policies.Load(policies.Options{Config: settings(b), Verbs: verbs(), Limits: generous}))
}

// only is the built-in set without the policies of a process but one.
func only(b *testing.B, name string, more map[string][]byte) *policies.Engine {
	b.Helper()
	files := builtin(b).Files()
	keep := []string{"process.rego", name + ".rego", name + "_test.rego"}
	for path := range files {
		if filepath.Dir(path) == "policies/pm2/process" && !slices.Contains(keep, filepath.Base(path)) {
			delete(files, path)
		}
	}
	for path, text := range more {
		files[path] = text
	}

	return must[*policies.Engine](b)(policies.FromFiles(policies.Options{Config: settings(b), Verbs: verbs(), Limits: generous}, files))
}

func must[T any](b *testing.B) func(T, error) T {
	return func(v T, err error) T {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}

		return v
	}
}

func decide(b *testing.B, e *policies.Engine, s schemas.Snapshot) schemas.Decision {
	b.Helper()
	d := must[schemas.Decision](b)(e.Decide(context.Background(), s))
	if len(d.Errors) > 0 {
		b.Fatalf("decide: %+v", d.Errors[0])
	}

	return d
}

// BenchmarkDecide decides snapshots of 1,000 and 10,000 subjects with the
// built-in set and with one policy that was written without a thought of cost,
// and 1,000 with one built-in package.
func BenchmarkDecide(b *testing.B) {
	all := builtin(b)
	natural := only(b, "restless", map[string][]byte{
		"policies/pm2/process/restless.rego": []byte(restless), "policies/pm2/process/restless_test.rego": []byte(restlessTest),
	})
	one := only(b, "errored", nil)
	small, large := snapshot(1_000), snapshot(10_000)

	var all1, all10, natural1, natural10, one1 series
	for range rounds(7) {
		all1.add(perCall(b, 3, func() { decide(b, all, small) }))
		all10.add(own(b, func() { decide(b, all, large) }))
		natural1.add(perCall(b, 3, func() { decide(b, natural, small) }))
		natural10.add(own(b, func() { decide(b, natural, large) }))
		one1.add(perCall(b, 3, func() { decide(b, one, small) }))
	}
	note := func(small, large series) string {
		return fmt.Sprintf("CPU: %.0f µs a subject at 1,000, %.0f µs at 10,000", ms(median(small.cpu)), ms(median(large.cpu))/10)
	}
	tell(b, "all-10000/1000-x", figure{"built-in policies, 10,000 subjects against 1,000", ratio(all10, all1), "x", "<", 12, note(all1, all10)})
	tell(b, "natural-10000/1000-x", figure{"a naturally written policy, 10,000 against 1,000", ratio(natural10, natural1), "x", "<", 12, note(natural1, natural10)})
	tell(b, "all/one-x", figure{"built-in policies against one package, a subject", ratio(all1, one1), "x", "<", 10,
		fmt.Sprintf("CPU: %.0f µs against %.0f µs, of 5 packages", ms(median(all1.cpu)), ms(median(one1.cpu)))})
}

// ratio is that of the CPU, of the medians.
func ratio(a, b series) float64 { return float64(median(a.cpu)) / float64(median(b.cpu)) }

// BenchmarkOPA judges the same snapshots with rr and with `opa eval` of a policy
// about the whole snapshot, which is held to the same findings, actions, scores
// and statuses. opa eval is asked for just these answers, and for the package
// with all that helps to find them, as `opa eval data.fleet` is. rr is measured
// as it runs, its policies compiled and its snapshot in memory; and as `rr eval`,
// which starts, compiles and reads the snapshot as opa eval does.
func BenchmarkOPA(b *testing.B) {
	opa := filepath.Join(b.TempDir(), "opa")
	if err := build(opa, "github.com/open-policy-agent/opa"); err != nil {
		b.Fatal(err)
	}
	costs := map[int]opaCosts{}
	for _, row := range []struct {
		n, rounds int
		target    float64
	}{{1_000, 7, 0}, {2_000, 7, 15}, {10_000, 3, 0}} {
		b.Run(fmt.Sprintf("subjects=%d", row.n), func(b *testing.B) {
			costs[row.n] = compareOPA(b, opa, row.n, rounds(row.rounds), row.target)
		})
	}
	if small, large := costs[1_000], costs[10_000]; small.answers > 0 && large.answers > 0 {
		note := "CPU without its start; rr's is told above"
		tell(b, "opa-10000/1000-x", figure{"opa eval, just the answers, 10,000 against 1,000", float64(large.answers) / float64(small.answers), "x", "", 0, note})
		tell(b, "opa-package-10000/1000-x", figure{"opa eval, the package, 10,000 against 1,000", float64(large.whole) / float64(small.whole), "x", "", 0, note})
	}
}

// opaCosts are CPU times of opa eval without its start.
type opaCosts struct{ answers, whole time.Duration }

func compareOPA(b *testing.B, opa string, n, rounds int, target float64) opaCosts {
	s, engine := snapshot(n), builtin(b)
	r := newRig(b, "pm2: local: {}\n")
	write := func(name string, v any) { r.write(name, string(must[[]byte](b)(json.Marshal(v)))) }
	write("snapshot.json", s)
	write("empty.json", snapshot(0))
	write("data.json", map[string]any{"config": settings(b).ForPM2("local").PM2, "health": settings(b).Health})
	r.write("fleet.rego", string(must[[]byte](b)(os.ReadFile("testdata/fleet.rego"))))
	eval := func(input, query string) *exec.Cmd {
		return exec.Command(opa, "eval", "-d", r.path("fleet.rego"), "-d", r.path("data.json"), "-i", r.path(input), "--format", "raw", query)
	}
	const wanted = `{"findings": data.fleet.findings, "actions": data.fleet.actions, "score": data.fleet.score, "status": data.fleet.status, "health": data.fleet.health}`

	var decided, evaluated, answers, whole, empty series
	for round := range rounds {
		var d schemas.Decision
		decided.add(own(b, func() { d = decide(b, engine, s) }))
		ofRR, _ := command(b, r.command("eval", "--snapshot", "snapshot.json", "-o", "json"), 3)
		evaluated.add(ofRR)
		ofAnswers, answer := command(b, eval("snapshot.json", wanted))
		answers.add(ofAnswers)
		ofWhole, _ := command(b, eval("snapshot.json", "data.fleet"))
		whole.add(ofWhole)
		ofEmpty, _ := command(b, eval("empty.json", wanted))
		empty.add(ofEmpty)
		if round == 0 {
			same(b, d, answer)
		}
	}
	note := func(opa, rr series) string {
		return fmt.Sprintf("CPU: opa eval %.0f ms, of that its start %.0f ms; rr %.0f ms", ms(median(opa.cpu)), ms(median(empty.cpu)), ms(median(rr.cpu)))
	}
	want := ""
	if target > 0 {
		want = ">"
	}
	name := fmt.Sprintf("opa eval of a whole snapshot of %d, ", n)
	tell(b, "opa/rr-x", figure{name + "just the answers, against rr", ratio(answers, decided), "x", want, target, note(answers, decided)})
	tell(b, "opa-package/rr-x", figure{name + "the package, against rr", ratio(whole, decided), "x", "", 0, note(whole, decided)})
	tell(b, "opa/rr-eval-x", figure{name + "just the answers, against rr eval", ratio(answers, evaluated), "x", "", 0, note(answers, evaluated)})

	start := median(empty.cpu)

	return opaCosts{answers: median(answers.cpu) - start, whole: median(whole.cpu) - start}
}

// same holds the answer of opa eval to that of rr: subject, score and severity of
// every finding, subject, verb and for_s of every action, score and status of
// every process. Both make a reason of each; how it is worded is not compared.
func same(b *testing.B, d schemas.Decision, answer []byte) {
	b.Helper()
	var theirs struct {
		Findings map[schemas.ID][]schemas.FindingAnswer
		Actions  map[schemas.ID][]schemas.ActionAnswer
		Score    map[schemas.ID]int
		Status   map[schemas.ID]string
	}
	if err := json.Unmarshal(answer, &theirs); err != nil {
		b.Fatal(err)
	}
	var want, got []string
	for _, f := range d.Findings {
		want = append(want, fmt.Sprint(f.Subject, " ", schemas.FindingAnswer{Score: f.Score, Severity: f.Severity}))
	}
	for _, a := range d.Actions {
		want = append(want, fmt.Sprint(a.Target, " ", schemas.ActionAnswer{Verb: a.Verb, ForS: a.ForS}))
	}
	for id, h := range d.Health.Subjects {
		if id.Kind() == "pm2/process" {
			want = append(want, fmt.Sprint(id, " ", *h.Score, " ", h.Status))
		}
	}
	for id, findings := range theirs.Findings {
		for _, f := range findings {
			f.Reason = ""
			got = append(got, fmt.Sprint(id, " ", f))
		}
	}
	for id, actions := range theirs.Actions {
		for _, a := range actions {
			a.Reason = ""
			got = append(got, fmt.Sprint(id, " ", a))
		}
	}
	for id, score := range theirs.Score {
		got = append(got, fmt.Sprint(id, " ", score, " ", theirs.Status[id]))
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(got) == 0 || !slices.Equal(want, got) {
		b.Fatalf("opa eval answers otherwise: %d findings, actions and scores, rr %d: %.3q, rr %.3q", len(got), len(want), got[:min(3, len(got))], want[:min(3, len(want))])
	}
}
