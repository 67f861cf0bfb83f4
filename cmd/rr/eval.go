package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/urfave/cli/v2"

	"rr/internal/store"
	"rr/policies"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// evalResult is what `rr eval -o json` prints.
type evalResult struct {
	SchemaVersion int                    `json:"schema_version"`
	Snapshot      *schemas.Snapshot      `json:"snapshot,omitempty"` // only with --facts
	Decision      schemas.Decision       `json:"decision"`
	Outcomes      []schemas.Outcome      `json:"outcomes"` // begun here means: due, and run would do it
	Explained     []policies.Explanation `json:"explained,omitempty"`
	Recorded      string                 `json:"recorded,omitempty"` // with --turn: same or different
}

func (m *Main) evalCommand() *cli.Command {
	return &cli.Command{
		Name: "eval", Usage: "look, decide and say what `rr run` would do; change nothing",
		Flags: []cli.Flag{
			outputFlag(), failOnFlag(),
			&cli.StringFlag{Name: "on", Usage: "let the exit code tell of `ID` alone: a system, SYSTEM/SCOPE or a subject"},
			&cli.StringFlag{Name: "snapshot", Usage: "judge the snapshot in `FILE` (of rr collect or rr history show, - for standard input) instead of looking"},
			&cli.Int64Flag{Name: "turn", Usage: "judge the snapshot of turn `N` with the policies and configuration that judged it then"},
			&cli.BoolFlag{Name: "current", Usage: "with --turn: judge with the policies and configuration of now"},
			&cli.BoolFlag{Name: "explain", Usage: "say of each rule whether it fired, and if not which condition failed"},
			&cli.BoolFlag{Name: "facts", Usage: "with -o json or yaml: print the snapshot too"},
		},
		Action: m.eval,
	}
}

func (m *Main) eval(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	level, err := failOn(c)
	if err != nil {
		return err
	}
	report, o, result, err := m.judge(c)
	if err != nil {
		return err
	}
	if err := checkOn(c.String("on"), report.Record.Snapshot); err != nil {
		return err
	}
	result.SchemaVersion, result.Decision, result.Outcomes = outputVersion, report.Record.Decision, report.Record.Outcomes
	if c.Bool("facts") {
		result.Snapshot = &report.Record.Snapshot
	}
	if c.Bool("explain") {
		if result.Explained, err = explainAll(c.Context, o.engine, report.Record.Snapshot); err != nil {
			return err
		}
	}
	if err := m.print(c, result, func(w io.Writer) { m.evalTable(w, report.Record, result) }); err != nil {
		return err
	}

	return verdict(report.Record, level, c.String("on"))
}

// judge takes the snapshot that was asked for through the same steps as a turn.
func (m *Main) judge(c *cli.Context) (runner.Report, *opened, evalResult, error) {
	if c.IsSet("snapshot") && c.IsSet("turn") {
		return runner.Report{}, nil, evalResult{}, usagef("--snapshot and --turn exclude each other")
	}
	if c.IsSet("turn") {
		return m.judgeTurn(c)
	}
	o, err := m.open(c)
	if err != nil {
		return runner.Report{}, nil, evalResult{}, err
	}
	if path := c.String("snapshot"); path != "" {
		snapshot, err := m.readSnapshot(path)
		if err != nil {
			return runner.Report{}, nil, evalResult{}, err
		}
		report, err := o.runner.Replan(c.Context, snapshot)
		return report, o, evalResult{}, err
	}
	if err := o.remember(c.Context); err != nil {
		return runner.Report{}, nil, evalResult{}, err
	}
	report, err := o.runner.Plan(c.Context)

	return report, o, evalResult{}, err
}

// judgeTurn judges a recorded snapshot again, and says whether the answer is the
// recorded one, byte for byte.
func (m *Main) judgeTurn(c *cli.Context) (runner.Report, *opened, evalResult, error) {
	fail := func(err error) (runner.Report, *opened, evalResult, error) {
		return runner.Report{}, nil, evalResult{}, err
	}
	journal, err := m.openJournal(c)
	if err != nil {
		return fail(err)
	}
	defer journal.Close()
	record, err := journal.Record(c.Context, c.Int64("turn"))
	if errors.Is(err, store.ErrNoRecord) {
		return fail(usage(err))
	}
	if err != nil {
		return fail(err)
	}
	open := func(c *cli.Context) (*opened, error) { return m.openRecorded(c.Context, journal, record.Decision) }
	if c.Bool("current") {
		open = m.open
	}
	o, err := open(c)
	if err != nil {
		return fail(err)
	}
	report, err := o.runner.Replan(c.Context, record.Snapshot)
	if err != nil {
		return fail(err)
	}
	same, err := equalJSON(report.Record.Decision, record.Decision)
	if err != nil {
		return fail(err)
	}
	result := evalResult{Recorded: "different"}
	if same {
		result.Recorded = "same"
	}

	return report, o, result, nil
}

// openRecorded is open with the policies and the configuration that a decision
// was made with. What is on disk now may be broken.
func (m *Main) openRecorded(ctx context.Context, journal *store.Store, d schemas.Decision) (*opened, error) {
	o := &opened{wiring: m.newWiring(""), runner: &runner.Runner{Version: version(), Log: slog.New(slog.DiscardHandler)}}
	if err := o.recordedEngine(ctx, journal, d); err != nil {
		return nil, err
	}
	setup, err := o.wiring.setup(o.loaded, o.engine)
	if err != nil {
		return nil, err
	}
	o.runner.Use(setup)

	return o, nil
}

// recordedEngine compiles the policies that a decision was made with.
func (o *opened) recordedEngine(ctx context.Context, journal *store.Store, d schemas.Decision) error {
	files, err := journal.Bundle(ctx, d.ConfigHash)
	if err != nil {
		return fmt.Errorf("configuration of that turn: %w", err)
	}
	if o.loaded, err = config.Parse(config.FileName, files[config.FileName]); err != nil {
		return fmt.Errorf("configuration of that turn: %w", err)
	}
	texts, err := journal.Bundle(ctx, d.PoliciesHash)
	if err != nil {
		return fmt.Errorf("policies of that turn: %w", err)
	}
	o.engine, err = policies.FromFiles(engineOptions(o.loaded), texts)
	if err != nil {
		return fmt.Errorf("policies of that turn: %w", err)
	}

	return nil
}

func equalJSON(a, b any) (bool, error) {
	left, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	right, err := json.Marshal(b)

	return string(left) == string(right), err
}

// readSnapshot reads a Snapshot, or the one of a Record or of what rr eval
// --facts printed.
func (m *Main) readSnapshot(path string) (schemas.Snapshot, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = io.ReadAll(m.Stdin)
	} else {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return schemas.Snapshot{}, usagef("read snapshot: %w", err)
	}
	var wrapped struct {
		Snapshot json.RawMessage `json:"snapshot"`
		Record   struct {
			Snapshot json.RawMessage `json:"snapshot"`
		} `json:"record"`
	}
	if err := json.Unmarshal(b, &wrapped); err != nil {
		return schemas.Snapshot{}, usagef("read snapshot %s: not JSON: %w", path, err)
	}
	for _, inner := range [][]byte{wrapped.Record.Snapshot, wrapped.Snapshot} {
		if len(inner) > 0 {
			b = inner
		}
	}

	return decodeSnapshot(path, b)
}

func decodeSnapshot(path string, b []byte) (schemas.Snapshot, error) {
	s := schemas.NewSnapshot("", schemas.Moment{})
	s.Version = 0
	if err := json.Unmarshal(b, &s); err != nil {
		return s, usagef("read snapshot %s: %w", path, err)
	}
	switch {
	case s.Version == 0:
		return s, usagef("read snapshot %s: it has no version, so it is no snapshot: make one with `rr collect -o json`", path)
	case s.Version > schemas.SnapshotVersion:
		return s, usagef("read snapshot %s: it has version %d and this rr knows up to %d: use a newer rr", path, s.Version, schemas.SnapshotVersion)
	}

	s.Complete()

	return s, nil
}

func explainAll(ctx context.Context, e *policies.Engine, s schemas.Snapshot) ([]policies.Explanation, error) {
	var all []policies.Explanation
	for _, id := range s.Subjects() {
		if s.Sources[id.Source()].State != schemas.SourceOK {
			continue
		}
		explanation, err := e.Explain(ctx, s, id)
		if err != nil {
			return nil, err
		}
		all = append(all, explanation)
	}

	return all, nil
}
