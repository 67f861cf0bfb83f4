package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// running is an rr run in the background.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *buffer
	done chan struct{}
}

// run starts rr run, with flags of rr. It is ended with the test.
func (r *rig) run(args ...string) *running {
	r.t.Helper()

	return r.start(append(args, "run")...)
}

// start starts a command that goes on. It is ended with the test.
func (r *rig) start(args ...string) *running {
	r.t.Helper()
	log := &buffer{}
	cmd := r.command(context.Background(), args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	s := &running{t: r.t, cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(s.done)
	}()
	r.t.Cleanup(func() {
		s.stop()
		if r.t.Failed() {
			r.t.Logf("log of rr:\n%s", log)
		}
	})

	return s
}

// stop ends rr in good order and waits for it.
func (s *running) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	s.wait()
}

// readAgain lets rr read its configuration and its policies again.
func (s *running) readAgain() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
}

// wait waits until rr has ended.
func (s *running) wait() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("rr does not end\n%s", s.log)
	}
}

// killed tells whether rr ended by SIGKILL.
func (s *running) killed() bool {
	state, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)

	return ok && state.Signaled() && state.Signal() == syscall.SIGKILL
}

// buffer may be written and read at once.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.buf.String()
}

// lines are the lines of a log that hold all of these texts.
func (b *buffer) lines(texts ...string) []string {
	var found []string
	for line := range strings.Lines(b.String()) {
		holds := true
		for _, text := range texts {
			holds = holds && strings.Contains(line, text)
		}
		if holds {
			found = append(found, strings.TrimSpace(line))
		}
	}

	return found
}

// patience is for a machine under load.
const patience = 45 * time.Second

// await waits until a condition holds and ends the test when it never does.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}
