package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/schemas"
)

// collectResult is what `rr collect -o json` prints, and what `rr eval
// --snapshot` takes.
type collectResult struct {
	SchemaVersion int              `json:"schema_version"`
	Snapshot      schemas.Snapshot `json:"snapshot"`
}

func (m *Main) collectCommand() *cli.Command {
	return &cli.Command{
		Name: "collect", Usage: "look and print the facts; judge nothing, change nothing",
		Flags:  []cli.Flag{outputFlag()},
		Action: m.collect,
	}
}

func (m *Main) collect(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	o, err := m.open(c)
	if err != nil {
		return err
	}
	if err := o.remember(c.Context); err != nil {
		return err
	}
	snapshot := o.runner.Sweep(c.Context)
	if err := m.print(c, collectResult{outputVersion, snapshot}, func(w io.Writer) { factLines(w, snapshot) }); err != nil {
		return err
	}
	if len(unknownSources(snapshot)) > 0 {
		return exit{code: exitUnknown}
	}

	return nil
}

func factLines(w io.Writer, s schemas.Snapshot) {
	rows := [][]string{{"SOURCE", "STATE", "TOOK", "ERROR"}}
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		source := s.Sources[name]
		rows = append(rows, []string{name, source.State, fmt.Sprintf("%d ms", source.TookMS), oneLine(source.Error)})
	}
	columns(w, rows)
	if len(s.Daemons) > 0 {
		fmt.Fprintln(w)
		columns(w, daemonRows(s))
	}
	if len(s.Ecosystems) > 0 {
		fmt.Fprintln(w)
		columns(w, ecosystemRows(s))
	}
	if len(s.Processes) > 0 {
		fmt.Fprintln(w)
		columns(w, processRows(s))
	}
	if len(s.Repos) > 0 {
		fmt.Fprintln(w)
		columns(w, repoRows(s))
	}
	if len(s.Workflows) > 0 {
		fmt.Fprintln(w)
		columns(w, workflowRows(s))
	}
	if len(s.Runs) > 0 {
		fmt.Fprintln(w)
		columns(w, runsRows(s))
	}
	netlifyLines(w, s)
}

func daemonRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"DAEMON", "STATE", "VERSION", "PID", "DUMP", "EVENTS", "NOTE"}}
	for _, id := range slices.Sorted(maps.Keys(s.Daemons)) {
		d := s.Daemons[id]
		rows = append(rows, []string{string(id), d.State, orDash(d.Version), dash(d.PID), d.Dump, d.Events, oneLine(d.Note)})
	}

	return rows
}

func ecosystemRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"ECOSYSTEM", "STATE", "APPS", "NOTE"}}
	for _, id := range slices.Sorted(maps.Keys(s.Ecosystems)) {
		e := s.Ecosystems[id]
		rows = append(rows, []string{string(id), e.State, fmt.Sprint(e.Apps), oneLine(e.Note)})
	}

	return rows
}

func processRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"PROCESS", "STATE", "PID", "RESTARTS", "UPTIME", "MEMORY", "CPU"}}
	for _, id := range slices.Sorted(maps.Keys(s.Processes)) {
		p := s.Processes[id]
		rows = append(rows, []string{
			string(id), p.State, dash(p.PID), fmt.Sprint(p.Restarts), withUnit(p.UptimeS, "s"), megabytes(p.MemoryBytes), withUnit(p.CPUPct, " %"),
		})
	}

	return rows
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}

	return s
}

func dash(n *int) string {
	if n == nil {
		return "-"
	}

	return fmt.Sprint(*n)
}

func withUnit(n *int64, unit string) string {
	if n == nil {
		return "-"
	}

	return fmt.Sprint(*n) + unit
}

// span is a number of seconds in the largest unit that keeps it readable.
func span(seconds *int64) string {
	if seconds == nil {
		return "-"
	}
	for _, unit := range []struct {
		of   int64
		name string
	}{{86400, "d"}, {3600, "h"}, {60, "min"}} {
		if *seconds >= 2*unit.of {
			return fmt.Sprintf("%d %s", *seconds/unit.of, unit.name)
		}
	}

	return fmt.Sprintf("%d s", *seconds)
}

func listed(names []string) string { return strings.Join(names, ", ") }

func megabytes(n *int64) string {
	if n == nil {
		return "-"
	}

	return fmt.Sprintf("%.1f MB", float64(*n)/(1<<20))
}
