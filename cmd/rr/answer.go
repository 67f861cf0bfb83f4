package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"rr/internal/control"
	"rr/runner"
	"rr/schemas"
)

// answer serves the control socket.
func (s *service) answer(ctx context.Context, listener net.Listener) {
	err := control.Serve(ctx, listener, control.Answers{Status: s.status, Act: s.act, Order: s.order})
	if err != nil {
		s.opened.log.Error("the control socket is closed", "kind", "control", "note", err)
	}
}

func (s *service) status(context.Context) (control.Status, error) {
	status := control.Status{
		PID: os.Getpid(), Version: version(), StartedAt: s.started, Config: s.opened.loaded.Path, DryRun: s.dryRun,
		Reload: *s.reload.Load(), Repaired: s.note,
	}
	if trouble := s.trouble.Load(); trouble != nil {
		status.Turn = (*trouble).Error()
	}
	if report := s.last.Load(); report != nil {
		status.Record = &report.Record
		if report.Unsaved != nil {
			status.Journal = report.Unsaved.Error()
		}
	}

	return status, nil
}

// act takes one turn for one action that a person asked for. It passes the same
// guards as what policies ask for.
func (s *service) act(ctx context.Context, request control.ActRequest) (schemas.Outcome, error) {
	action, err := operatorAction(request)
	if err != nil {
		return schemas.Outcome{}, err
	}
	report, err := s.opened.runner.Turn(context.WithoutCancel(ctx), &runner.ByHand{Action: action, DryRun: request.DryRun})
	if err != nil {
		return schemas.Outcome{}, err
	}
	s.keepNewer(&report)

	return report.Record.Outcomes[0], nil
}

// keepNewer keeps a report as the last one, unless later turns were taken while
// what a person asked for was done.
func (s *service) keepNewer(report *runner.Report) {
	for {
		last := s.last.Load()
		if last != nil && last.Record.Snapshot.Turn > report.Record.Snapshot.Turn || s.last.CompareAndSwap(last, report) {
			return
		}
	}
}

// operatorAction checks what a person asked for.
func operatorAction(request control.ActRequest) (schemas.Action, error) {
	names := make([]string, 0, len(verbs()))
	for _, verb := range verbs() {
		names = append(names, verb.Name)
	}
	i := slices.Index(names, request.Verb)
	if i < 0 {
		return schemas.Action{}, fmt.Errorf("%w: no verb %q%s; there are %s", control.ErrUsage, request.Verb, suggestion(request.Verb, names), strings.Join(names, ", "))
	}
	id, err := schemas.ParseID(string(request.Target))
	if err != nil {
		return schemas.Action{}, fmt.Errorf("%w: %w", control.ErrUsage, err)
	}
	rung, fits := verbs()[i].Rungs[id.Kind()]
	if !fits {
		return schemas.Action{}, fmt.Errorf("%w: %s does not act on a %s", control.ErrUsage, request.Verb, id.Kind())
	}
	reason := request.Reason
	if reason == "" {
		reason = "asked for by hand"
	}

	return schemas.Action{Verb: request.Verb, Target: id, Subject: id, Rung: rung, Reason: reason, Policy: schemas.PolicyOperator, With: request.With}, nil
}
