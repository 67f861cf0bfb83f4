// Package command runs a program that the configuration names: with a deadline,
// in a process group of its own that is ended as a whole, and with an
// environment that holds nothing but what it is given. What the program prints
// is not kept but for its end, in which the secrets that the program was given
// cannot be read.
//
// Read command.go (one run) and redact.go (what is blotted out).
package command

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// kept is how much of what is printed is kept, in bytes; told is how much of
	// that is told. The rest is there so that a secret is not cut in two.
	kept = 64 << 10
	told = 2000

	// lingers is how long rr waits for what a program left behind to let go of
	// its output, before it is ended.
	lingers = 2 * time.Second
)

// Command is a program and how it runs.
type Command struct {
	Args    []string // program and arguments
	Dir     string
	Env     []string      // all that it sees of any environment: NAME=value
	Timeout time.Duration // after which it is ended, and all that it started
	Secrets []string      // values that may not be in what is told
}

// Result is how a program fared.
type Result struct {
	Took time.Duration
	Tail string // the end of what it printed, at most 2,000 bytes, redacted
}

// Failed is a program that ended badly.
type Failed struct {
	Name    string
	Code    int // its exit code; -1 where a signal ended it
	Timeout time.Duration
	Over    bool // it was ended, since its time was over
	Result
}

func (f *Failed) Error() string {
	text := fmt.Sprintf("%s: exit code %d", f.Name, f.Code)
	switch {
	case f.Over:
		text = fmt.Sprintf("%s: ended after %s, with all that it started", f.Name, f.Timeout)
	case f.Code < 0:
		text = f.Name + ": ended by a signal"
	}
	if f.Tail != "" {
		text += ": " + f.Tail
	}

	return text
}

// Run runs the program to its end. A program that does not end well is a
// *Failed.
func (c Command) Run(ctx context.Context) (Result, error) {
	if len(c.Args) == 0 {
		return Result{}, errors.New("there is no program to run")
	}
	bounded, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	cmd := exec.CommandContext(bounded, c.Args[0], c.Args[1:]...)
	cmd.Dir = c.Dir
	cmd.Env = append([]string{}, c.Env...) // nil would be all of rr's own
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = lingers
	began := time.Now()
	err := cmd.Run()
	result := Result{Took: time.Since(began), Tail: out.told(c.Secrets)}
	if cmd.Process == nil {
		return Result{}, notStarted(c.Args[0], err)
	}
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // what it left behind
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && bounded.Err() == nil && cmd.ProcessState.Success() {
		return result, nil
	}

	return result, &Failed{Name: c.Args[0], Code: cmd.ProcessState.ExitCode(), Timeout: c.Timeout, Over: bounded.Err() != nil, Result: result}
}

// notStarted says why a program could not be started, without arguments.
func notStarted(name string, err error) error {
	var looked *exec.Error
	if errors.As(err, &looked) {
		return fmt.Errorf("%s: %w", name, looked.Err)
	}

	return err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - kept; over > 0 {
		t.text, t.cut = append(t.text[:0], t.text[over:]...), true
	}

	return len(p), nil
}

// told is the end of it, in which no secret can be read. What is kept may begin
// within a secret; that part is never told.
func (t *tail) told(secrets []string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.text
	if t.cut {
		text = text[min(len(text), longest(secrets)):]
	}
	clean := strings.TrimSpace(Redact(printable(string(text)), secrets)) // in this order: a colour may stand within a secret
	if len(clean) > told {
		clean = "…" + strings.ToValidUTF8(clean[len(clean)-told:], "")
	}

	return clean
}

// printable leaves out the colours and moves of a terminal.
func printable(text string) string {
	var b strings.Builder
	escape := false
	for _, r := range strings.ToValidUTF8(text, "") {
		switch {
		case escape:
			escape = !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		case r == 0x1b:
			escape = true
		case r == '\n' || r == '\t' || r >= ' ' && r != 0x7f:
			b.WriteRune(r)
		}
	}

	return b.String()
}
