package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/internal/store"
	"rr/runner"
	"rr/schemas"
)

// standingResult is what commands print that change what stands.
type standingResult struct {
	SchemaVersion int              `json:"schema_version"`
	Standing      schemas.Standing `json:"standing"`
}

func reasonFlag() cli.Flag { return &cli.StringFlag{Name: "reason", Usage: "why, for the journal"} }

// reason is why a person asks; it has to be said.
func reason(c *cli.Context) (string, error) {
	text := strings.TrimSpace(c.String("reason"))
	if text == "" {
		return "", usagef("%s: say why, as in --reason \"deploy\"; it is kept in the journal", c.Command.Name)
	}

	return text, nil
}

// give asks the rr that runs; where none does, it takes the journal's lock and
// does it itself.
func (m *Main) give(c *cli.Context, request control.OrderRequest) error {
	loaded, err := m.load(c)
	if err != nil {
		return err
	}
	request.By = m.person()
	result, err := control.Client{Dir: m.stateDir(common(c, "state"), loaded.Path)}.Order(c.Context, request)
	if errors.Is(err, control.ErrNotRunning) {
		result, err = m.orderAlone(c, request)
	}
	if err != nil {
		return err
	}

	return m.print(c, standingResult{outputVersion, result.Standing}, func(w io.Writer) {
		standingLines(w, result.Standing, result.Moment)
		if request.Order == control.OrderShutdown {
			fmt.Fprintln(w, "an rr that runs finishes its turn and leaves")
		}
	})
}

func (m *Main) orderAlone(c *cli.Context, request control.OrderRequest) (control.OrderResult, error) {
	s, err := m.start(c)
	if err != nil {
		return control.OrderResult{}, err
	}
	defer s.close()

	return s.order(c.Context, request)
}

// person is who asks, for the journal.
func (m *Main) person() string {
	name := fmt.Sprintf("uid %d", os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if by := m.Getenv("SUDO_USER"); by != "" && by != name {
		name += " (sudo by " + by + ")"
	}

	return name
}

// order follows what a person asks for.
func (s *service) order(ctx context.Context, request control.OrderRequest) (control.OrderResult, error) {
	standing, err := s.follow(ctx, request)
	if errors.Is(err, runner.ErrOrder) {
		err = fmt.Errorf("%w: %s", control.ErrUsage, strings.TrimPrefix(err.Error(), runner.ErrOrder.Error()+": "))
	}
	if err != nil {
		return control.OrderResult{}, err
	}
	if request.Order == control.OrderShutdown && s.leave != nil {
		s.leave()
	}

	return control.OrderResult{Standing: standing, Moment: s.opened.runner.Moment()}, nil
}

func (s *service) follow(ctx context.Context, request control.OrderRequest) (schemas.Standing, error) {
	r := s.opened.runner
	last, err := s.lastRecord(ctx)
	if err != nil {
		return schemas.Standing{}, err
	}
	on := request.On
	if on != "" {
		if on, err = s.named(on, last.Snapshot); err != nil {
			return schemas.Standing{}, err
		}
	}
	switch request.Order {
	case control.OrderPause:
		return r.Pause(ctx, on, request.By, request.Reason, request.For.Of())
	case control.OrderResume:
		return r.Resume(ctx, on, request.By, request.Reason)
	case control.OrderShutdown:
		return r.Freeze(ctx, request.By, request.Reason)
	case control.OrderEnter:
		return r.Enter(ctx, request.By, request.Reason)
	case control.OrderExit:
		return r.Exit(ctx, request.By, request.Reason)
	case control.OrderRecover:
		return r.Recover(ctx, last, on, request.By, request.Reason)
	case control.OrderApprove:
		return r.Approve(ctx, last, schemas.ID(on), request.Verb, request.By, request.Reason)
	}

	return schemas.Standing{}, fmt.Errorf("%w: no order %q", control.ErrUsage, request.Order)
}

// lastRecord is the last turn, an empty one before the first.
func (s *service) lastRecord(ctx context.Context) (schemas.Record, error) {
	if report := s.last.Load(); report != nil {
		return report.Record, nil
	}
	record, err := s.journal.Record(ctx, 0)
	if errors.Is(err, store.ErrNoRecord) {
		return schemas.Record{}, nil
	}

	return record, err
}

// named finds what a person names: something that was seen, or the end of its
// id, or a system or scope that is watched. A name that nothing has would pause
// nothing.
func (s *service) named(word string, seen schemas.Snapshot) (string, error) {
	sources := s.opened.runner.Sources()
	for _, source := range sources {
		if schemas.ID(source).In(word) {
			return word, nil
		}
	}
	if id, err := findSubject(word, seen); err == nil {
		return string(id), nil
	}
	for id := range seen.Incidents {
		if id.In(word) {
			return word, nil
		}
	}
	for _, p := range s.opened.runner.Standing().Operator.Pauses {
		if p.On == word {
			return word, nil
		}
	}

	return "", fmt.Errorf("%w: nothing that is watched is called %q%s; there are %s", control.ErrUsage, word, suggestion(word, sources), strings.Join(sources, ", "))
}

// standingLines prints what persons asked for.
func standingLines(w io.Writer, standing schemas.Standing, now schemas.Moment) {
	var rows [][]string
	at := func(ms int64) string {
		return "until " + clock(now.At.Add(time.Duration(ms-now.ClockMS)*time.Millisecond))
	}
	rows = append(rows, modeRows(standing, at)...)
	if f := standing.Operator.Frozen; f != nil {
		rows = append(rows, []string{"FROZEN", "everything", "until rr resume", f.By, oneLine(f.Reason)})
	}
	for _, p := range standing.Operator.Pauses {
		on := p.On
		if on == "" {
			on = "everything"
		}
		rows = append(rows, []string{"paused", on, at(p.UntilMS), p.By, oneLine(p.Reason)})
	}
	for _, a := range standing.Operator.Approvals {
		rows = append(rows, []string{"approved", a.Verb + " on " + string(a.Target), at(a.UntilMS), a.By, oneLine(a.Reason)})
	}
	columns(w, rows)
	if len(rows) == 0 {
		fmt.Fprintln(w, "nothing is paused, and no approval waits to be used")
	}
}
