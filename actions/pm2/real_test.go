package pm2_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
	"rr/schemas"
)

// leak is a variable of rr that no command, daemon or app may get to see.
const leak = "RR_ACTIONS_TEST_SECRET"

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

// runTests gives the tests a folder for temporary files, in which no act may
// leave one.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rr-actions-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = errors.Join(os.Setenv("TMPDIR", dir), os.Setenv(leak, "do not tell"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if left, _ := filepath.Glob(filepath.Join(dir, "ecosystem-*")); len(left) > 0 {
		fmt.Fprintln(os.Stderr, "an act left temporary files:", left)
		return 1
	}

	return code
}

// actor is a verb.
type actor interface {
	Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error)
}

// real runs a test with every version of PM2, three at once.
func real(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real PM2 daemons")
	}
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// homesOf gives a real home as the scope local.
func homesOf(p *pm2test.PM2, expect ...string) func(string) (string, schemas.PM2, bool) {
	return func(scope string) (string, schemas.PM2, bool) {
		return p.Home, schemas.PM2{Command: p.Bin, Expect: expect}, scope == "local"
	}
}

func list(t *testing.T, home string) []pm2.App {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client := &pm2.Client{Home: home}
	defer client.Close()
	apps, err := client.List(ctx)
	must(t, err)

	return apps
}

// look sees what a collector would, as far as acts read it.
func look(t *testing.T, home string) schemas.Snapshot {
	t.Helper()
	s := schemas.NewSnapshot("test", schemas.Moment{})
	apps := list(t, home)
	instances := pm2.Instances(apps)
	for _, app := range apps {
		p := schemas.Process{Name: app.Name, Instance: instances[app.ID], Status: app.Status, PMID: &app.ID}
		if process, err := (procfs.FS{}).Stat(app.PID); app.PID > 0 && err == nil && process.State != 'Z' {
			p.PID = &app.PID
		}
		s.Processes[schemas.NewID("pm2", "local", "process", app.Name, instances[app.ID])] = p
	}
	status := pm2.Probe(t.Context(), home)
	s.Daemons[theDaemon] = schemas.Daemon{State: string(status.State), PID: &status.PID, Version: status.Version}

	return s
}

func process(t *testing.T, home string, id schemas.ID) schemas.Process {
	t.Helper()
	p, there := look(t, home).Processes[id]
	if !there {
		t.Fatalf("PM2 has no %s", id)
	}

	return p
}

func online(t *testing.T, home string, id schemas.ID) int {
	t.Helper()
	p := process(t, home, id)
	if p.Status != "online" || p.PID == nil {
		t.Fatalf("%s is %+v, want it online", id, p)
	}

	return *p.PID
}

// does performs an act and gives its note.
func does(t *testing.T, verb actor, target schemas.ID, seen schemas.Snapshot) string {
	t.Helper()
	note, err := verb.Act(t.Context(), byHand(target), seen)
	if err != nil {
		t.Fatalf("%T of %s: %v", verb, target, err)
	}

	return note
}

// refuses performs an act that is to be refused for a reason.
func refuses(t *testing.T, verb actor, target schemas.ID, seen schemas.Snapshot, why string) {
	t.Helper()
	note, err := verb.Act(t.Context(), byHand(target), seen)
	if !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), why) {
		t.Errorf("%T of %s = %q, %v, want it refused: %s", verb, target, note, err, why)
	}
}

// twoAtOnce performs an act twice at the same time, on what was seen once, and
// gives the note of the one that was done.
func twoAtOnce(t *testing.T, verb actor, target schemas.ID, seen schemas.Snapshot) string {
	t.Helper()
	var errs [2]error
	var notes [2]string
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { notes[i], errs[i] = verb.Act(t.Context(), byHand(target), seen) })
	}
	wg.Wait()
	if errs[0] != nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[0] != nil || !errors.Is(errs[1], schemas.ErrRefused) {
		t.Errorf("%T of %s twice at once: %v and %v, want one done and one refused", verb, target, errs[0], errs[1])
	}

	return notes[0] + notes[1]
}

func byHand(target schemas.ID) schemas.Action {
	return schemas.Action{Target: target, Subject: target, Policy: schemas.PolicyOperator}
}

// environ gives the environment that a process was started with.
func environ(t *testing.T, pid int) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	must(t, err)
	env := map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimRight(string(raw), "\x00"), "\x00") {
		key, value, _ := strings.Cut(entry, "=")
		env[key] = value
	}

	return env
}
