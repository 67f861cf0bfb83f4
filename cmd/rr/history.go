package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/store"
	"rr/schemas"
)

// historyResult is what `rr history -o json` prints, newest first.
type historyResult struct {
	SchemaVersion int                `json:"schema_version"`
	Incidents     []schemas.Incident `json:"incidents"`
	Attempts      []schemas.Attempt  `json:"attempts"`
	Events        []schemas.Event    `json:"events"`          // what persons asked for, and how it ended
	Turns         []store.Summary    `json:"turns,omitempty"` // with --turns
}

type recordResult struct {
	SchemaVersion int            `json:"schema_version"`
	Record        schemas.Record `json:"record"`
}

func (m *Main) historyCommand() *cli.Command {
	return &cli.Command{
		Name: "history", Usage: "say what happened and what was done", ArgsUsage: "[ID]",
		Flags: []cli.Flag{
			outputFlag(),
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: 20, Usage: "how many of each, newest first"},
			&cli.BoolFlag{Name: "turns", Usage: "list turns too"},
		},
		Action: m.history,
		Subcommands: []*cli.Command{{
			Name: "show", Usage: "print one turn as recorded: facts, decision, outcomes", ArgsUsage: "TURN",
			Flags: []cli.Flag{outputFlag()}, Action: m.historyShow,
		}},
	}
}

// openJournal opens the journal for reading.
func (m *Main) openJournal(c *cli.Context) (*store.Store, error) {
	path, err := m.loadForState(c)
	if path == "" {
		return nil, err
	}

	return store.OpenRead(m.stateDir(common(c, "state"), path))
}

func (m *Main) history(c *cli.Context) error {
	if err := noMore(c, 1); err != nil {
		return err
	}
	journal, err := m.openJournal(c)
	if err != nil {
		return err
	}
	defer journal.Close()
	result, err := readHistory(c.Context, journal, c.Args().First(), c.Int("limit"), c.Bool("turns"))
	if err != nil {
		return err
	}

	return m.print(c, result, func(w io.Writer) { historyLines(w, result) })
}

func readHistory(ctx context.Context, journal *store.Store, word string, limit int, turns bool) (historyResult, error) {
	result := historyResult{SchemaVersion: outputVersion, Incidents: []schemas.Incident{}, Attempts: []schemas.Attempt{}, Events: []schemas.Event{}}
	subject := schemas.ID("")
	if word != "" {
		last, err := journal.Record(ctx, 0)
		if err != nil {
			return result, err
		}
		if subject, err = findSubject(word, last.Snapshot); err != nil {
			if subject, err = schemas.ParseID(word); err != nil {
				return result, usage(err)
			}
		}
	}
	incidents, err := journal.Incidents(ctx, store.IncidentFilter{Subject: subject, Limit: limit})
	if err != nil {
		return result, err
	}
	attempts, err := journal.Attempts(ctx, store.AttemptFilter{Subject: subject, Limit: limit})
	if err != nil {
		return result, err
	}
	result.Incidents, result.Attempts = append(result.Incidents, incidents...), append(result.Attempts, attempts...)
	events, err := journal.Events(ctx, store.EventFilter{On: string(subject), Limit: limit})
	if err != nil {
		return result, err
	}
	result.Events = append(result.Events, events...)
	if turns {
		result.Turns, err = journal.Records(ctx, store.RecordFilter{Limit: limit})
	}

	return result, err
}

// event is one line of the story.
type event struct {
	at    time.Time
	cells []string
}

// historyLines tells incidents and attempts as one story, oldest first.
func historyLines(w io.Writer, h historyResult) {
	var events []event
	for _, i := range h.Incidents {
		events = append(events, event{i.OpenedAt, []string{"opened", string(i.Subject), oneLine(i.Reason)}})
		if i.ClosedAt != nil {
			events = append(events, event{*i.ClosedAt, []string{i.State, string(i.Subject), "after " + i.ClosedAt.Sub(i.OpenedAt).Round(time.Second).String() + ", " + plural(i.Acted, "action", "actions")}})
		}
		for _, alert := range i.Alerts {
			events = append(events, event{i.OpenedAt, []string{"alert", string(i.Subject), oneLine(alert.Reason)}})
		}
	}
	for _, a := range h.Attempts {
		events = append(events, event{a.BeganAt, []string{a.Action.Verb, string(a.Action.Target), a.Status + ", " + a.State + ": " + oneLine(a.Action.Reason+"; "+a.Note)}})
	}
	for _, e := range h.Events {
		on := e.On
		switch {
		case e.Kind == schemas.EventStep:
			on = "the plan"
		case on == "":
			on = "everything"
		}
		events = append(events, event{e.At, []string{e.Kind, on, "by " + e.By + ": " + strings.Trim(oneLine(e.Reason+"; "+e.Note), "; ")}})
	}
	slices.Reverse(events) // what is of one instant has its order from the journal, newest first
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	var rows [][]string
	for _, e := range events {
		rows = append(rows, append([]string{clock(e.at)}, e.cells...))
	}
	columns(w, rows)
	turnLines(w, h.Turns)
	if len(events) == 0 {
		fmt.Fprintln(w, "nothing has happened")
	}
}

func turnLines(w io.Writer, turns []store.Summary) {
	if len(turns) == 0 {
		return
	}
	rows := [][]string{{"TURN", "AT", "HEALTH", "SCORE", "FINDINGS", "ACTIONS", "WITHHELD", "ERRORS"}}
	for _, t := range turns {
		rows = append(rows, []string{
			strconv.FormatInt(t.Turn, 10), clock(t.At), t.Status, scoreOf(t.Score), strconv.Itoa(t.Findings),
			strconv.Itoa(t.Actions), strconv.Itoa(t.Withheld), strconv.Itoa(t.Errors),
		})
	}
	columns(w, rows)
}

func (m *Main) historyShow(c *cli.Context) error {
	turn, err := strconv.ParseInt(c.Args().First(), 10, 64)
	if err != nil || c.NArg() != 1 {
		return usagef("history show: want the number of a turn, as in `rr history show 42`; 0 is the last one")
	}
	journal, err := m.openJournal(c)
	if err != nil {
		return err
	}
	defer journal.Close()
	record, err := journal.Record(c.Context, turn)
	if err != nil {
		return err
	}

	return m.print(c, recordResult{outputVersion, record}, func(w io.Writer) {
		fmt.Fprintf(w, "turn %d, %s\n\n", record.Snapshot.Turn, clock(record.Snapshot.Moment.At))
		factLines(w, record.Snapshot)
		fmt.Fprintln(w)
		m.evalTable(w, record, evalResult{})
	})
}
