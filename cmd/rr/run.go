package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/internal/store"
	"rr/runner"
	"rr/schemas"
)

func (m *Main) runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "watch, judge, act and record, until stopped",
		Flags: []cli.Flag{
			outputFlag(),
			&cli.BoolFlag{Name: "once", Usage: "take one turn and leave"},
			&cli.BoolFlag{Name: "dry-run", Usage: "do everything but act"},
		},
		Action: m.run,
	}
}

// service is a running rr: its journal, its socket, and how its last reload
// went.
type service struct {
	main     *Main
	opened   *opened
	journal  *store.Store
	started  time.Time
	dryRun   bool
	note     string // what had to be done to the journal at its opening
	last     atomic.Pointer[runner.Report]
	trouble  atomic.Pointer[error] // why the last turn could not be taken
	reload   atomic.Pointer[control.Reload]
	inForce  atomic.Pointer[inForce]
	policies atomic.Pointer[string] // folder that is watched for policies

	leave func() // ends serving; nil where nothing is served

	released *inForce // what was in force when memory was last given back
}

func (m *Main) run(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	s, err := m.start(c)
	if err != nil {
		return err
	}
	defer s.close()
	if c.Bool("once") {
		return s.once(c)
	}

	return s.serve(c.Context)
}

// start opens everything that a runner needs. The journal's lock keeps a second
// rr out.
func (m *Main) start(c *cli.Context) (*service, error) {
	o, err := m.open(c)
	if err != nil {
		return nil, err
	}
	journal, found, err := store.Open(o.state, store.Options{})
	if err != nil {
		return nil, err
	}
	s := &service{main: m, opened: o, journal: journal, started: m.Now().UTC(), dryRun: c.Bool("dry-run")}
	s.note = quarantineNote(found)
	if s.note != "" {
		o.log.Error("journal damaged", "kind", "journal", "note", s.note)
	}
	s.reload.Store(&control.Reload{})
	dir := o.loaded.PolicyDir()
	s.policies.Store(&dir)
	s.inForce.Store(&inForce{o.loaded.Text, o.engine})
	o.runner.Journal, o.runner.Ledger, o.runner.DryRun = journal, journal, s.dryRun
	o.wiring.holds = true
	if err := o.recall(c.Context, journal); err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	s.clearUp(c.Context)

	return s, nil
}

// clearUp clears up after an rr that was killed.
func (s *service) clearUp(ctx context.Context) {
	if s.dryRun || s.opened.loaded.Config.Backup == nil {
		return
	}
	if err := s.opened.wiring.backups(s.opened.loaded).clearUp(ctx); err != nil {
		s.opened.log.Error("not cleared up after an earlier rr", "kind", "backup", "note", err)
	}
}

func (s *service) once(c *cli.Context) error {
	defer s.holdSignals()()
	report, err := s.opened.runner.Turn(c.Context, nil)
	if err != nil {
		return err
	}
	result := evalResult{SchemaVersion: outputVersion, Decision: report.Record.Decision, Outcomes: report.Record.Outcomes}
	if err := s.main.print(c, result, func(w io.Writer) { s.main.evalTable(w, report.Record, result) }); err != nil {
		return err
	}
	if report.Unsaved != nil {
		return report.Unsaved
	}

	for _, o := range report.Record.Outcomes {
		switch o.Status {
		case schemas.OutcomeFailed:
			return exit{code: exitFailed}
		case schemas.OutcomeUnknown:
			return exit{code: exitUnknown}
		}
	}

	return verdict(report.Record, "", "")
}

func quarantineNote(found store.Opened) string {
	if found.Quarantined == "" {
		return ""
	}

	return fmt.Sprintf("the journal was damaged and is kept as %s; a new one was begun", found.Quarantined)
}

// close lets go of the collectors and the journal.
func (s *service) close() {
	s.opened.wiring.close()
	if err := s.journal.Close(); err != nil {
		s.opened.log.Error("journal not closed in order", "kind", "journal", "note", err)
	}
}
