//go:build verify

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rr/schemas"
)

// cycles is how many backups are made of what is broken: the older systems have
// lost every good copy after twelve.
const cycles = 50

const (
	goodFunction = "export default async () => new Response('hello')\n"
	aWorkflow    = ".github/workflows/ci.yml"
	aFunction    = "netlify/functions/hello.mjs"
)

// (1) A workflow and a function are broken, another way before each of fifty
// backups that rr makes by itself. The good copies are still there, and are what
// a restore picks.
func TestTheGoodCopiesOutliveFiftyBackupsOfBrokenOnes(t *testing.T) {
	t.Parallel()
	good := fmt.Sprintf(goodWorkflow, "ci")
	r := newRig(t, `interval: "300ms"
min_interval: "100ms"
github: web: {repo: "acme/web", broken_for: "1h"}
netlify: shop: {site: "shop-acme", broken_for: "1h"}
budget: blast_radius: max: 1
backup: {builtin: ["github", "netlify"], every: "1s", keep: last: 3, ladder: {create: cooldown: "100ms", drill: cooldown: "100ms", verify: cooldown: "100ms"}}
`)
	for name, text := range map[string]string{aWorkflow: good, aFunction: goodFunction, "netlify.toml": "[build]\n  publish = \".\"\n"} {
		if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		r.write(name, text)
	}
	service := r.run()
	sets := []string{"github-web", "netlify-shop"}
	for _, set := range sets {
		await(t, "a good backup of "+set, func() bool { return r.tries(set) >= 1 })
	}
	for cycle := range cycles {
		r.write(aWorkflow, fmt.Sprintf("name: ci # %d\non: [push\njobs:\n", cycle))
		r.write(aFunction, fmt.Sprintf("export default async () => { // %d\n", cycle))
		for _, set := range sets {
			seen := r.tries(set)
			await(t, "the next backup of "+set, func() bool { return r.tries(set) >= seen+2 }) // the one at work may have read before
		}
	}
	service.stop()
	for _, set := range sets {
		if got := r.rr("backup", "verify", set); got.code != 0 {
			t.Errorf("verify: %s", got)
		}
		if got := r.rr("backup", "restore", "--apply", set); got.code != 0 {
			t.Errorf("restore: %s", got)
		}
	}
	for name, want := range map[string]string{aWorkflow: good, aFunction: goodFunction} {
		if got := r.read(name); got != want {
			t.Errorf("%s was restored to %q, want %q", name, got, want)
		}
	}
	t.Logf("%d and %d backups begun, of %d broken contents each", r.tries(sets[0]), r.tries(sets[1]), cycles)
}

// tries is how many backups of a set rr has finished.
func (r *rig) tries(set string) int {
	r.t.Helper()
	n := 0
	for _, a := range r.history().Attempts {
		if a.Action.Verb == "backup.create" && a.Action.Target == schemas.SetID(set) && a.Status == schemas.OutcomeDone {
			n++
		}
	}

	return n
}
