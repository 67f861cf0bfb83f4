package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/schemas"
)

func (m *Main) emergencyCommand() *cli.Command {
	return &cli.Command{
		Name: "emergency", Usage: "see, enter or leave the emergency mode", Action: onlySubcommands,
		Subcommands: []*cli.Command{
			{
				Name: "status", Usage: "say which mode rr is in, why, and how far its plan has come; exit 3 where it is not normal",
				Flags: []cli.Flag{outputFlag()}, Action: m.emergencyStatus,
			},
			{
				Name: "enter", Usage: "enter the emergency mode by hand: freeze ordinary actions and run the plan",
				Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.emergencyOrder(control.OrderEnter),
			},
			{
				Name: "exit", Usage: "leave the emergency mode by hand, and end what a shutdown froze",
				Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.emergencyOrder(control.OrderExit),
			},
		},
	}
}

func (m *Main) recoverCommand() *cli.Command {
	return &cli.Command{
		Name: "recover", Usage: "run the recovery plan by hand, of everything or of a part; ladders that have ended begin anew", ArgsUsage: "[ID|SYSTEM|SYSTEM/SCOPE]",
		Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.recover,
	}
}

func (m *Main) emergencyOrder(order string) cli.ActionFunc {
	return func(c *cli.Context) error {
		if err := noMore(c, 0); err != nil {
			return err
		}
		why, err := reason(c)
		if err != nil {
			return err
		}

		return m.give(c, control.OrderRequest{Order: order, Reason: why})
	}
}

func (m *Main) recover(c *cli.Context) error {
	if err := noMore(c, 1); err != nil {
		return err
	}
	why, err := reason(c)
	if err != nil {
		return err
	}

	return m.give(c, control.OrderRequest{Order: control.OrderRecover, On: c.Args().First(), Reason: why})
}

func (m *Main) emergencyStatus(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	journal, err := m.openJournal(c)
	if err != nil {
		return err
	}
	defer journal.Close()
	memory, err := journal.Memory(c.Context, 0)
	if err != nil {
		return err
	}
	err = m.print(c, standingResult{outputVersion, memory.Standing}, func(w io.Writer) {
		if !memory.Standing.Any() {
			fmt.Fprintln(w, "normal, and nothing is paused")
			return
		}
		standingLines(w, memory.Standing, memory.Moment)
	})
	if err == nil && memory.Standing.Mode != schemas.ModeNormal {
		err = exit{code: exitDue}
	}

	return err
}

// modeRows tells of a mode that is not normal or was forced, and of its plan.
func modeRows(standing schemas.Standing, at func(ms int64) string) [][]string {
	e := standing.Emergency
	if standing.Mode == schemas.ModeNormal && e.ForcedUntilMS == nil {
		return nil
	}
	since, forced := "", "until health holds"
	if e.SinceAt != nil {
		since = "since " + clock(*e.SinceAt)
	}
	if e.Once {
		forced = "until the plan has ended"
	}
	if e.ForcedUntilMS != nil {
		forced = "forced " + at(*e.ForcedUntilMS)
	}
	rows := [][]string{{strings.ToUpper(standing.Mode), since, forced, e.By, oneLine(e.Reason)}}
	for i, step := range e.Plan {
		rows = append(rows, []string{fmt.Sprintf("  step %d", i+1), step.State, stepText(step), "", oneLine(step.Note)})
	}

	return rows
}

func stepText(s schemas.Step) string {
	text := "back up " + strings.Join(s.Backup, ", ")
	switch {
	case s.Recover != "":
		text = "recover " + s.Recover
	case len(s.Backup) == 0:
		text = "back up everything"
	}
	if len(s.Verbs) > 0 {
		text += " by " + strings.Join(s.Verbs, ", ")
	}

	return text
}
