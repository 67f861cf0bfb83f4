package control_test

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

	"rr/internal/control"
	"rr/schemas"
)

// serve answers on a state directory until the test ends, or stop is called.
func serve(t *testing.T, dir string, answers control.Answers) (stop func() error) {
	t.Helper()
	listener, err := control.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, listener, answers) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() { _ = stop() })

	return stop
}

func TestWhatIsAskedIsAnswered(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir, control.Answers{
		Status: func(context.Context) (control.Status, error) { return control.Status{PID: 42, Version: "v"}, nil },
		Act: func(_ context.Context, r control.ActRequest) (schemas.Outcome, error) {
			return schemas.Outcome{Status: schemas.OutcomeDone, Action: schemas.Action{Verb: r.Verb, Target: r.Target, Reason: r.Reason}}, nil
		},
	})
	client := control.Client{Dir: dir}
	status, err := client.Status(context.Background())
	if err != nil || status.PID != 42 {
		t.Errorf("Status = %+v, %v; want pid 42", status, err)
	}
	outcome, err := client.Act(context.Background(), control.ActRequest{Verb: "pm2.restart", Target: "pm2/local/process/api", Reason: "why not"})
	if err != nil || outcome.Action.Verb != "pm2.restart" || outcome.Action.Reason != "why not" {
		t.Errorf("Act = %+v, %v; want what was asked", outcome, err)
	}
}

func TestOnlyItsUserMaySpeakToIt(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir, control.Answers{})
	info, err := os.Stat(filepath.Join(dir, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the socket has mode %o, want 600", got)
	}
}

func TestNoRRIsToldApartFromOneThatRefuses(t *testing.T) {
	dir := t.TempDir()
	client := control.Client{Dir: dir}
	if _, err := client.Status(context.Background()); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("with no socket: %v, want %v", err, control.ErrNotRunning)
	}
	stop := serve(t, dir, control.Answers{
		Status: func(context.Context) (control.Status, error) { return control.Status{}, errors.New("not now") },
		Act: func(context.Context, control.ActRequest) (schemas.Outcome, error) {
			return schemas.Outcome{}, fmt.Errorf("%w: no such verb", control.ErrUsage)
		},
	})
	if _, err := client.Status(context.Background()); err == nil || err.Error() != "not now" {
		t.Errorf("refused: %v, want its own words", err)
	}
	if _, err := client.Act(context.Background(), control.ActRequest{}); !errors.Is(err, control.ErrUsage) {
		t.Errorf("asked wrongly: %v, want %v", err, control.ErrUsage)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Status(context.Background()); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("with the socket of an rr that has ended: %v, want %v", err, control.ErrNotRunning)
	}
	serve(t, dir, control.Answers{Status: func(context.Context) (control.Status, error) { return control.Status{PID: 7}, nil }})
	if status, err := client.Status(context.Background()); err != nil || status.PID != 7 {
		t.Errorf("after another has started: %+v, %v; want it to answer", status, err)
	}
}

func TestAnAnswerThatWasBegunIsFinished(t *testing.T) {
	dir := t.TempDir()
	acting, finish := make(chan struct{}), make(chan struct{})
	stop := serve(t, dir, control.Answers{Act: func(context.Context, control.ActRequest) (schemas.Outcome, error) {
		close(acting)
		<-finish
		return schemas.Outcome{Status: schemas.OutcomeDone}, nil
	}})
	answered := make(chan error, 1)
	go func() {
		outcome, err := control.Client{Dir: dir}.Act(context.Background(), control.ActRequest{})
		if err == nil && outcome.Status != schemas.OutcomeDone {
			err = fmt.Errorf("outcome %+v", outcome)
		}
		answered <- err
	}()
	<-acting
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case <-stopped:
		t.Error("it left in the middle of an act")
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the act was answered with %v, want done", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("it left with %v", err)
	}
}

func TestAStateDirectoryWithALongPathHasASocketToo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	serve(t, dir, control.Answers{Status: func(context.Context) (control.Status, error) { return control.Status{PID: 3}, nil }})
	if status, err := (control.Client{Dir: dir}).Status(context.Background()); err != nil || status.PID != 3 {
		t.Errorf("Status = %+v, %v; want an answer", status, err)
	}
}
