package bench

import (
	"fmt"
	"testing"
	"time"

	"rr/internal/store"
	"rr/runner/config"
)

// hot is a policy of the operator's, with its test. %d is what changes.
const (
	hot = `package policies.pm2.process.hot

findings contains finding if {
	input.process.state == "online"
	input.process.cpu_pct > %d

	finding := {"score": 70, "severity": "warning", "reason": sprintf("uses %%d %%%% of a core", [input.process.cpu_pct])}
}
`
	hotTest = `package policies.pm2.process.hot_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.hot

test_a_busy_process_is_shown if {
	busy := object.union(fixtures.process, {"process": {"cpu_pct": 99000}})
	count(hot.findings) == 1 with input as busy with data.config as fixtures.config
}

test_a_quiet_process_is_not if {
	count(hot.findings) == 0 with input as fixtures.process with data.config as fixtures.config
}
`
)

// BenchmarkReload changes the configuration and a policy under an rr that runs,
// by rights and with a mistake in turn, and waits for the line of its log that
// tells what became of it. A turn is missed where two are further apart than the
// interval and what a turn may take.
func BenchmarkReload(b *testing.B) {
	p := fleet(b, 10)
	settings := func(settle int, more string) string {
		return fmt.Sprintf("interval: \"1s\"\nmin_interval: \"200ms\"\nsettle: \"%ds\"\npm2: local: home: %q\npolicies: dir: \"policies\"\n%s", settle, p.Home, more)
	}
	r := newRig(b, settings(30, ""))
	r.write("policies/pm2/process/hot.rego", fmt.Sprintf(hot, 500))
	r.write("policies/pm2/process/hot_test.rego", hotTest)
	rr := r.run()
	rr.await("rr runs")
	time.Sleep(2 * time.Second)

	var ofConfig, ofPolicy, refusedConfig, refusedPolicy []time.Duration
	step := func(times *[]time.Duration, name, text, says string) {
		time.Sleep(150 * time.Millisecond) // else it would be one change with the one before
		r.write(name, text)
		written := time.Now()
		*times = append(*times, rr.await(says).at.Sub(written))
	}
	for i := range rounds(15) {
		step(&ofConfig, "redundancy.cue", settings(31+i, ""), "in force\"")
		step(&refusedConfig, "redundancy.cue", settings(31+i, "intervall: \"1s\"\n"), "status=refused")
		step(new([]time.Duration), "redundancy.cue", settings(31+i, ""), "in force again")
		step(&ofPolicy, "policies/pm2/process/hot.rego", fmt.Sprintf(hot, 501+i), "in force\"")
		step(&refusedPolicy, "policies/pm2/process/hot.rego", fmt.Sprintf(hot, 501+i)+"\nactions contains {\"verb\": \"pm2.restart\", \"reason\": input.proces.name}\n", "status=refused")
		step(new([]time.Duration), "policies/pm2/process/hot.rego", fmt.Sprintf(hot, 501+i), "in force again")
	}

	note := func(all []time.Duration) string {
		return fmt.Sprintf("%d times; slowest %.0f ms", len(all), ms(quantile(all, 100)))
	}
	tell(b, "reload-config-ms", figure{"last write of redundancy.cue to in force", ms(median(ofConfig)), " ms", "<", 150, note(ofConfig)})
	tell(b, "reload-policy-ms", figure{"last write of a policy to in force", ms(median(ofPolicy)), " ms", "<", 150, note(ofPolicy)})
	tell(b, "refuse-config-ms", figure{"last write of a wrong redundancy.cue to its refusal", ms(median(refusedConfig)), " ms", "", 0, note(refusedConfig)})
	tell(b, "refuse-policy-ms", figure{"last write of a wrong policy to its refusal", ms(median(refusedPolicy)), " ms", "", 0, note(refusedPolicy)})
	missed, longest, turns := missedTurns(b, r.path(".rr"), time.Second)
	tell(b, "missed-turns", figure{"turns missed meanwhile", float64(missed), "", "<", 0,
		fmt.Sprintf("of %d, at an interval of 1 s; the longest gap was %.2f s", turns, longest.Seconds())})
}

// missedTurns counts gaps between turns of more than an interval and a half.
func missedTurns(b *testing.B, dir string, interval time.Duration) (missed int, longest time.Duration, turns int) {
	b.Helper()
	journal, err := store.OpenRead(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer journal.Close()
	records, err := journal.Records(b.Context(), store.RecordFilter{Limit: 100_000})
	if err != nil {
		b.Fatal(err)
	}
	for i := 1; i < len(records); i++ { // newest first
		gap := records[i-1].At.Sub(records[i].At)
		longest = max(longest, gap)
		if gap > interval*3/2 || records[i-1].Turn != records[i].Turn+1 {
			missed++
		}
	}

	return missed, longest, len(records)
}

// BenchmarkMistake reads configurations with one mistake, and has `rr check`
// tell it.
func BenchmarkMistake(b *testing.B) {
	mistakes := map[string]string{
		"an unknown field":  "interval: \"5s\"\npm2: local: {}\nintervall: \"1s\"\n",
		"a wrong type":      "pm2: local: {expect: [7]}\n",
		"a bad duration":    "interval: \"soon\"\npm2: local: {}\n",
		"a nested mistake":  "pm2: local: ladder: restart: {attempts: -1}\n",
		"a text not closed": "pm2: local: home: \"/x\n",
	}
	good := "interval: \"5s\"\npm2: local: expect: [\"api\", \"worker\"]\n"
	r := newRig(b, mistakes["an unknown field"])

	var wrong, right, check series
	for range rounds(15) {
		for name, text := range mistakes {
			wrong.add(perCall(b, 5, func() {
				if _, err := config.Parse("redundancy.cue", []byte(text)); err == nil {
					b.Fatalf("%s is no mistake", name)
				}
			}))
		}
		right.add(perCall(b, 5, func() {
			if _, err := config.Parse("redundancy.cue", []byte(good)); err != nil {
				b.Fatal(err)
			}
		}))
		told, _ := command(b, r.command("check"), 2)
		check.add(told)
	}
	tell(b, "mistake-ms", figure{"a mistake in a configuration told, in process", ms(median(wrong.wall)), " ms", "<", 25,
		fmt.Sprintf("%d mistakes; a valid one is read in %.1f ms; slowest %.1f ms", len(mistakes), ms(median(right.wall)), ms(quantile(wrong.wall, 100)))})
	tell(b, "mistake-check-ms", figure{"a mistake in a configuration told, by rr check", ms(median(check.wall)), " ms", "", 0, "from start to exit"})
}
