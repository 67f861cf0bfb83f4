package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/internal/store"
	"rr/runner"
	"rr/schemas"
)

// approvalsResult is what `rr approvals -o json` prints.
type approvalsResult struct {
	SchemaVersion int                `json:"schema_version"`
	Waiting       []schemas.Action   `json:"waiting"` // for a person
	Given         []schemas.Approval `json:"given"`   // and not yet used
}

func (m *Main) approveCommand() *cli.Command {
	return &cli.Command{
		Name: "approve", Usage: "let one action pass that waits for a person", ArgsUsage: "ID [VERB]",
		Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.approve,
	}
}

func (m *Main) approve(c *cli.Context) error {
	if c.NArg() < 1 || c.NArg() > 2 {
		return usagef("approve: want an id and perhaps a verb, as in `rr approve pm2/local/process/api pm2.stop`; rr approvals lists what waits")
	}

	return m.give(c, control.OrderRequest{Order: control.OrderApprove, On: c.Args().Get(0), Verb: c.Args().Get(1), Reason: c.String("reason")})
}

func (m *Main) approvalsCommand() *cli.Command {
	return &cli.Command{
		Name: "approvals", Usage: "list what waits for a person, and what was approved and not yet done",
		Flags: []cli.Flag{outputFlag()}, Action: m.approvals,
	}
}

func (m *Main) approvals(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	journal, err := m.openJournal(c)
	if err != nil {
		return err
	}
	defer journal.Close()
	record, err := journal.Record(c.Context, 0)
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return err
	}
	memory, err := journal.Memory(c.Context, 0)
	if err != nil {
		return err
	}
	result := approvalsResult{SchemaVersion: outputVersion, Waiting: runner.Waiting(record), Given: []schemas.Approval{}}
	result.Given = append(result.Given, memory.Standing.Operator.Approvals...)

	return m.print(c, result, func(w io.Writer) {
		var rows [][]string
		for _, a := range result.Waiting {
			rows = append(rows, []string{"waits", a.Verb, string(a.Target), oneLine(a.Reason)})
		}
		for _, a := range result.Given {
			rows = append(rows, []string{"approved", a.Verb, string(a.Target), a.By + ": " + oneLine(a.Reason)})
		}
		columns(w, rows)
		if len(rows) == 0 {
			fmt.Fprintln(w, "nothing waits for approval")
		}
	})
}
