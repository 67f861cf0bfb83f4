package pm2

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// CLI runs the pm2 command, and only for what the daemon itself cannot do:
// starting one, and reading an ecosystem file. The command hands its whole environment to the daemon and to
// apps, so it gets very little of rr's.
type CLI struct {
	// Home is the PM2 home, which must exist and be ours.
	Home string

	// Path is the pm2 command; found in $PATH when empty.
	Path string

	// Env names variables to pass on beside PATH, HOME, USER, LANG and TZ.
	Env []string

	// Timeout bounds one run; 0 is DefaultCLITimeout.
	Timeout time.Duration
}

// DefaultCLITimeout suffices for a hundred apps.
const DefaultCLITimeout = 60 * time.Second

// ErrRefused marks a command that was not run, because of what the daemon's
// state is.
var ErrRefused = errors.New("refused")

// CLIResult is what a run of the command said.
type CLIResult struct {
	Output string // the end of stdout and stderr together, at most 16 KiB
	Took   time.Duration
}

// Resurrect runs `pm2 resurrect`: it starts the daemon when there is none, and
// those apps of the dump that the daemon does not know. End the orphans before:
// PM2 does not see them and starts the same apps again. It is refused while a
// daemon is stuck, foreign or not known, because the command would hang or
// start a second one. One run at a time on a home, across all rr of this host.
func (c CLI) Resurrect(ctx context.Context) (CLIResult, error) {
	return c.guarded(ctx, command{args: []string{"resurrect"}, under: []State{Absent, Dead, Serving}})
}

// ResurrectDead is Resurrect of a daemon that is dead, after before has run:
// under the same lock, and only once the command is found and nothing else
// stands in the way, so that nothing is ended for a start that cannot be.
func (c CLI) ResurrectDead(ctx context.Context, before func(context.Context) error) (CLIResult, error) {
	return c.guarded(ctx, command{args: []string{"resurrect"}, under: []State{Dead}, before: before})
}

// command is one run of pm2.
type command struct {
	args  []string
	dir   string  // the home when empty: a daemon keeps it, and rr's own may be a release that is deleted
	under []State // the states of the daemon in which it is run

	before func(context.Context) error // what must be done first; its time does not count

	// toItsEnd is for a command that does more harm half done than late: once
	// begun it is bound by the timeout alone.
	toItsEnd bool
	timeout  time.Duration                                  // when the CLI has none; 0 is DefaultCLITimeout
	verify   func(ctx context.Context, before Status) error // looks at what it did
}

// guarded runs a command alone on its home, and only under a daemon that it
// cannot harm.
func (c CLI) guarded(ctx context.Context, k command) (CLIResult, error) {
	timeout := cmp.Or(max(c.Timeout, 0), k.timeout, DefaultCLITimeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := c.locked(ctx, k, timeout)
	if err != nil {
		return result, fmt.Errorf("pm2 %s: %w", k.args[0], err)
	}
	return result, nil
}

func (c CLI) locked(ctx context.Context, k command, timeout time.Duration) (CLIResult, error) {
	if err := refuseForeign(c.Home); err != nil {
		return CLIResult{}, err
	}
	if _, err := c.path(); err != nil {
		return CLIResult{}, err
	}
	unlock, err := lockHome(ctx, c.Home)
	if err != nil {
		return CLIResult{}, err
	}
	defer unlock()
	status := Probe(ctx, c.Home)
	if !slices.Contains(k.under, status.State) {
		return CLIResult{}, fmt.Errorf("%w: the daemon is %s: %s", ErrRefused, status.State, status.Note)
	}
	if k.before != nil {
		if err := k.before(ctx); err != nil {
			return CLIResult{}, err
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
	}
	if k.toItsEnd && ctx.Err() == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
	}
	result, err := c.run(ctx, cmp.Or(k.dir, c.Home), k.args...)
	if err == nil && k.verify != nil {
		err = k.verify(ctx, status)
	}
	return result, err
}

// refuseForeign keeps rr from writing into another user's home: what it made
// there would not be that user's.
func refuseForeign(home string) error {
	if uid := owner(home); uid != os.Geteuid() {
		return fmt.Errorf("%w: the home %s is not ours (uid %d, we are %d)", ErrRefused, home, uid, os.Geteuid())
	}
	return nil
}

// outputWait is how long output is waited for after the command itself ended:
// the daemon that it started may hold the same pipe.
const outputWait = 200 * time.Millisecond

// run runs the command in a process group of its own, which is ended with it on
// a timeout. The daemon makes itself a session and is in neither.
func (c CLI) run(ctx context.Context, dir string, args ...string) (CLIResult, error) {
	path, err := c.path()
	if err != nil {
		return CLIResult{}, err
	}
	out := &tail{limit: 16 << 10}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = c.environ()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = outputWait
	began := time.Now()
	err = cmd.Run()
	result := CLIResult{Output: out.String(), Took: time.Since(began)}
	switch {
	case errors.Is(err, exec.ErrWaitDelay):
		return result, nil // it ended well; the daemon holds the pipe
	case ctx.Err() != nil:
		return result, fmt.Errorf("ended after %s: %w", result.Took.Round(time.Millisecond), ctx.Err())
	case err != nil:
		return result, err
	}
	return result, nil
}

func (c CLI) path() (string, error) {
	path := c.Path
	if path == "" {
		path = "pm2"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(found)
}

// environ is all that the command gets to see. A daemon started by it hands the
// same on to every app.
func (c CLI) environ() []string {
	env := []string{"PM2_HOME=" + c.Home}
	for _, name := range append([]string{"PATH", "HOME", "USER", "LANG", "TZ"}, c.Env...) {
		value, ok := os.LookupEnv(name)
		if !ok && name == "HOME" {
			value, ok = ownHome()
		}
		if ok && name != "PM2_HOME" && !strings.ContainsRune(name, '=') {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func ownHome() (string, bool) {
	u, err := user.Current()
	if err != nil {
		return "", false
	}
	return u.HomeDir, true
}

// lockStep is how often a lock that another holds is tried.
const lockStep = 50 * time.Millisecond

// lockHome takes the lock that keeps two starts of a daemon apart: of four at
// once, one daemon serves and three hang about for ever.
func lockHome(ctx context.Context, home string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(home, "rr.lock"), os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock home: %w", err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if ctx.Err() != nil {
			f.Close()
			return nil, fmt.Errorf("lock home: another holds it: %w", ctx.Err())
		}
		pause(ctx, lockStep)
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	limit int
	mu    sync.Mutex
	buf   bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	p = p[max(0, len(p)-t.limit):]
	t.buf.Write(p)
	t.buf.Next(max(0, t.buf.Len()-t.limit))
	return n, nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(t.buf.String(), "?")
}
