package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/internal/store"
	"rr/schemas"
)

type actResult struct {
	SchemaVersion int             `json:"schema_version"`
	Outcome       schemas.Outcome `json:"outcome"`
}

func (m *Main) actCommand() *cli.Command {
	return &cli.Command{
		Name: "act", Usage: "do one thing by hand, within the same limits and recorded like the rest", ArgsUsage: "VERB ID",
		Flags: []cli.Flag{
			outputFlag(),
			&cli.StringFlag{Name: "reason", Usage: "why, for the journal"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be done"},
		},
		Action: m.act,
	}
}

// act asks the rr that runs; where none does, it takes the journal's lock and
// acts itself.
func (m *Main) act(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("act: want a verb and an id, as in `rr act pm2.restart pm2/local/process/api`")
	}
	request := control.ActRequest{
		Verb: c.Args().Get(0), Target: schemas.ID(c.Args().Get(1)), Reason: c.String("reason"), DryRun: c.Bool("dry-run"),
	}
	if err := m.completeTarget(c, &request); err != nil {
		return err
	}
	if _, err := operatorAction(request); err != nil {
		return usage(err)
	}
	loaded, err := m.load(c)
	if err != nil {
		return err
	}
	outcome, err := control.Client{Dir: m.stateDir(common(c, "state"), loaded.Path)}.Act(c.Context, request)
	if errors.Is(err, control.ErrNotRunning) {
		outcome, err = m.actAlone(c, request)
	}
	if err != nil {
		return err
	}
	result := actResult{outputVersion, outcome}
	if err := m.print(c, result, func(w io.Writer) { actLines(w, outcome) }); err != nil {
		return err
	}
	switch outcome.Status {
	case schemas.OutcomeDone:
		return nil
	case schemas.OutcomeUnknown:
		return exit{code: exitUnknown}
	case schemas.OutcomeWithheld, schemas.OutcomeRefused:
		return exit{code: exitDue}
	}

	return exit{code: exitFailed}
}

// completeTarget makes an id of the end of one, as `rr why` takes it, by what
// was seen in the last turn. Where no turn was recorded the id has to be whole.
func (m *Main) completeTarget(c *cli.Context, request *control.ActRequest) error {
	if _, err := schemas.ParseID(string(request.Target)); err == nil {
		return nil
	}
	journal, err := m.openJournal(c)
	if errors.Is(err, store.ErrNoJournal) {
		return nil // what is wrong with it is told by who checks it
	}
	if err != nil {
		return err
	}
	defer journal.Close()
	record, err := journal.Record(c.Context, 0)
	if errors.Is(err, store.ErrNoRecord) {
		return nil
	}
	if err != nil {
		return err
	}
	request.Target, err = findSubject(string(request.Target), record.Snapshot)

	return err
}

func (m *Main) actAlone(c *cli.Context, request control.ActRequest) (schemas.Outcome, error) {
	s, err := m.start(c)
	if err != nil {
		return schemas.Outcome{}, err
	}
	defer s.close()

	defer s.holdSignals()()

	return s.act(c.Context, request)
}

func actLines(w io.Writer, o schemas.Outcome) {
	fmt.Fprintf(w, "%s %s: %s", o.Action.Verb, o.Action.Target, o.Status)
	if note := strings.TrimPrefix(o.Note, o.Status+": "); note != "" {
		fmt.Fprintf(w, ": %s", oneLine(note))
	}
	fmt.Fprintln(w)
	for _, held := range o.Withheld {
		fmt.Fprintf(w, "  by %s: %s\n", held.Guard, withheldText(held))
	}
	if o.Status == schemas.OutcomeDone {
		fmt.Fprintf(w, "whether it holds is verified by the next turns: rr why %s\n", o.Action.Target)
	}
}
