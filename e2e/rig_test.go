// Package e2e runs the real rr against real programs. Numbers in the comments
// above tests, as in "(1)", are those of the list of what rr has to show.
//
// Read rig_test.go first: it builds rr and gives it a folder of its own. What rr
// answers is read by answers_test.go; running_test.go is an rr in the background
// and apps_test.go what PM2 runs.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
)

// What exit codes of rr mean.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitDue     = 3
	exitUnknown = 4
	exitLocked  = 5
)

// program is rr, built once with its failpoints.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "3"); err != nil {
		panic(err)
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("/tmp", "rr-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // another user runs it too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program = filepath.Join(dir, "rr")
	if out, err := exec.Command("go", "build", "-tags", "failpoint", "-o", program, "rr/cmd/rr").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build rr: %v\n%s", err, out)
		return 1
	}

	return m.Run()
}

// rig is an rr in a folder of its own, with an empty HOME and with nothing of
// the tests' environment but PATH.
type rig struct {
	t    *testing.T
	dir  string
	env  []string
	cred *syscall.Credential // of another user; nil is this one
}

func newRig(t *testing.T, config string) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "rrrig-") // not t.TempDir: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{t: t, dir: dir}
	home := r.path("home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	r.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "NO_COLOR=1"}
	r.configure(config)

	return r
}

// settings is a configuration of short times for one PM2.
type settings struct {
	home, command string
	expect        []string
	more          string // further lines of CUE
}

func (s settings) String() string {
	expect, err := json.Marshal(append([]string{}, s.expect...))
	if err != nil {
		panic(err)
	}
	text := fmt.Sprintf("pm2: local: {home: %q, expect: %s, dead_for: \"1s\", timeout: \"4s\"}\n", s.home, expect)
	if s.command != "" {
		text += fmt.Sprintf("pm2: local: command: %q\n", s.command)
	}

	return text + s.more
}

// brisk is how fast rr goes in these tests.
const brisk = `interval: "300ms"
min_interval: "100ms"
settle: "2s"
pm2: local: ladder: {
	restart: {attempts: 2, cooldown: "1s"}
	stop_start: {attempts: 1, cooldown: "1s"}
	resurrect: {attempts: 1, cooldown: "1s"}
}
`

// forPM2 is an rr that watches a PM2.
func forPM2(t *testing.T, p *pm2test.PM2, expect ...string) *rig {
	t.Helper()

	return newRig(t, settings{home: p.Home, command: p.Bin, expect: expect, more: brisk}.String())
}

func (r *rig) path(elements ...string) string {
	return filepath.Join(append([]string{r.dir}, elements...)...)
}

func (r *rig) configure(config string) { r.write("redundancy.cue", config) }

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) mkdir(name string) {
	r.t.Helper()
	if err := os.MkdirAll(r.path(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(name string) string {
	r.t.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}

	return string(b)
}

// edit replaces a text in a file, which must hold it.
func (r *rig) edit(name, old, replacement string) {
	r.t.Helper()
	text := r.read(name)
	if !strings.Contains(text, old) {
		r.t.Fatalf("%s does not hold %q", name, old)
	}
	r.write(name, strings.ReplaceAll(text, old, replacement))
}

func (r *rig) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: r.cred}
	cmd.WaitDelay = time.Second

	return cmd
}

// result is what one run of a command came to.
type result struct {
	stdout, stderr string
	code           int
}

func (r result) String() string {
	return fmt.Sprintf("exit %d\n%s\n%s", r.code, r.stdout, r.stderr)
}

// rr runs one command to its end.
func (r *rig) rr(args ...string) result {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	cmd := r.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	if runErr := cmd.Run(); runErr != nil && cmd.ProcessState == nil {
		r.t.Fatalf("rr %v: %v", args, runErr)
	}
	if ctx.Err() != nil {
		r.t.Fatalf("rr %v does not end\n%s", args, err.String())
	}

	return result{out.String(), err.String(), cmd.ProcessState.ExitCode()}
}

// pm2Versions are those that the longer stories are told on: the newest, and
// with RR_PM2=all, as in make verify, all.
func pm2Versions() []string {
	all := pm2test.Versions()
	if os.Getenv("RR_PM2") == "all" {
		return all
	}

	return all[len(all)-1:]
}
