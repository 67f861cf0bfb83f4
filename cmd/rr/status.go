package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/internal/store"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// statusResult is what `rr status -o json` prints.
type statusResult struct {
	SchemaVersion int                `json:"schema_version"`
	Running       *control.Status    `json:"running,omitempty"` // absent where no rr runs
	Record        *schemas.Record    `json:"record,omitempty"`  // the last turn; absent before the first
	Incidents     []schemas.Incident `json:"incidents"`         // open or exhausted
	Efficacy      []store.Efficacy   `json:"efficacy"`          // of each verb
	Standing      schemas.Standing   `json:"standing"`          // what persons asked for
	Windows       []schemas.Window   `json:"windows"`           // of maintenance, that are open now

	moment schemas.Moment // of the journal
}

func (m *Main) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "say how things are, as of the last turn",
		Flags: []cli.Flag{outputFlag(), failOnFlag()}, Action: m.status,
	}
}

func (m *Main) status(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	level, err := failOn(c)
	if err != nil {
		return err
	}
	loaded, loadErr := m.loadForState(c)
	if loadErr != nil && loaded == "" {
		return loadErr
	}
	state := m.stateDir(common(c, "state"), loaded)
	result, err := readStatus(c.Context, state)
	if err != nil {
		return err
	}
	if now, err := config.Load(loaded); err == nil {
		result.Windows = append(result.Windows, runner.Windows(now.Config, m.Now().UTC())...)
	}
	if err := m.print(c, result, func(w io.Writer) { m.statusLines(w, result, loadErr) }); err != nil {
		return err
	}
	if result.Record == nil {
		return exit{code: exitUnknown}
	}
	if result.Running != nil && result.Running.Journal != "" {
		return exit{code: exitFailed}
	}
	if result.Running != nil && result.Running.Turn != "" {
		return exit{code: exitFailed}
	}
	if old := m.Now().Sub(result.Record.Snapshot.Moment.At); old > m.stale(loaded) {
		return exit{code: exitUnknown, err: fmt.Errorf("the last turn was taken %s ago: what is now is not known", old.Round(time.Second))}
	}
	record := *result.Record
	record.Outcomes = nil // what was due then has been done or withheld

	return verdict(record, level, "")
}

// stale is how old the last turn may be for its health to be told as that of
// now.
func (m *Main) stale(path string) time.Duration {
	longest := 2 * time.Minute
	if loaded, err := config.Load(path); err == nil {
		longest = max(longest, 3*loaded.Config.Interval.Of())
	}

	return longest
}

func readStatus(ctx context.Context, state string) (statusResult, error) {
	result := statusResult{SchemaVersion: outputVersion, Incidents: []schemas.Incident{}, Efficacy: []store.Efficacy{}, Windows: []schemas.Window{}}
	running, err := control.Client{Dir: state}.Status(ctx)
	switch {
	case err == nil:
		result.Running, result.Record = &running, running.Record
		result.Running.Record = nil
	case !errors.Is(err, control.ErrNotRunning):
		return result, err
	}
	journal, err := store.OpenRead(state)
	if errors.Is(err, store.ErrNoJournal) {
		return result, nil
	}
	if err != nil {
		return result, err
	}
	defer journal.Close()
	if result.Record == nil {
		record, err := journal.Record(ctx, 0)
		if err != nil && !errors.Is(err, store.ErrNoRecord) {
			return result, err
		}
		if err == nil {
			result.Record = &record
		}
	}
	incidents, err := journal.Incidents(ctx, store.IncidentFilter{Open: true})
	if err != nil {
		return result, err
	}
	result.Incidents = append(result.Incidents, incidents...)
	memory, err := journal.Memory(ctx, 0)
	if err != nil {
		return result, err
	}
	result.Standing, result.moment = memory.Standing, memory.Moment
	efficacy, err := journal.Efficacy(ctx)
	result.Efficacy = append(result.Efficacy, efficacy...)

	return result, err
}

func (m *Main) statusLines(w io.Writer, s statusResult, loadErr error) {
	runningLines(w, s.Running)
	if loadErr != nil && (s.Running == nil || s.Running.Reload.Error == "") {
		fmt.Fprintf(w, "on disk   %s\n", strings.ReplaceAll(loadErr.Error(), "\n", "\n          "))
	}
	if s.Record == nil && s.Standing.Any() {
		standingLines(w, s.Standing, s.moment)
	}
	if s.Record == nil {
		fmt.Fprintln(w, "no turn has been taken yet")
		return
	}
	moment := s.Record.Snapshot.Moment
	fmt.Fprintf(w, "turn      %d, %s (%s ago)\n\n", s.Record.Snapshot.Turn, clock(moment.At), m.Now().Sub(moment.At).Round(time.Second))
	if s.Standing.Any() {
		standingLines(w, s.Standing, moment)
	}
	windowLines(w, s.Windows)
	m.healthLines(w, s.Record.Decision.Health)
	m.troubleLines(w, *s.Record)
	incidentLines(w, s.Incidents)
	planLines(w, withheldOnly(s.Record.Outcomes))
	efficacyLines(w, s.Efficacy)
}

func runningLines(w io.Writer, running *control.Status) {
	if running == nil {
		fmt.Fprintln(w, "rr        does not run; this is what the journal holds")
		return
	}
	how := "enforcing"
	if running.DryRun {
		how = "with --dry-run"
	}
	fmt.Fprintf(w, "rr        %s runs %s since %s, pid %d\n", running.Version, how, clock(running.StartedAt), running.PID)
	fmt.Fprintf(w, "config    %s\n", running.Config)
	if running.Reload.Error != "" {
		fmt.Fprintf(w, "reload    refused %s, what was in force stays in force:\n", clock(*running.Reload.At))
		fmt.Fprintf(w, "          %s\n", strings.ReplaceAll(running.Reload.Error, "\n", "\n          "))
	} else if running.Reload.At != nil {
		fmt.Fprintf(w, "reload    in force since %s\n", clock(*running.Reload.At))
	}
	if running.Turn != "" {
		fmt.Fprintf(w, "turn      CANNOT BE TAKEN: %s\n", running.Turn)
	}
	if running.Journal != "" {
		fmt.Fprintf(w, "journal   CANNOT BE WRITTEN, so nothing is done: %s\n", running.Journal)
	}
	if running.Repaired != "" {
		fmt.Fprintf(w, "journal   %s\n", running.Repaired)
	}
}

func incidentLines(w io.Writer, incidents []schemas.Incident) {
	var rows [][]string
	for _, incident := range incidents {
		rows = append(rows, []string{
			"incident", string(incident.Subject), incident.State, "since " + clock(incident.OpenedAt),
			plural(incident.Acted, "action", "actions"), oneLine(incident.Reason),
		})
	}
	columns(w, rows)
}

func withheldOnly(outcomes []schemas.Outcome) []schemas.Outcome {
	var withheld []schemas.Outcome
	for _, o := range outcomes {
		if o.Status == schemas.OutcomeWithheld {
			withheld = append(withheld, o)
		}
	}

	return withheld
}

func efficacyLines(w io.Writer, efficacy []store.Efficacy) {
	var rows [][]string
	for _, e := range efficacy {
		if e.Tried > 0 {
			rows = append(rows, []string{"efficacy", e.Verb, fmt.Sprintf("%d of %d recovered", e.Recovered, e.Tried), fmt.Sprintf("%d failed", e.Failed)})
		}
	}
	columns(w, rows)
}

func windowLines(w io.Writer, windows []schemas.Window) {
	var rows [][]string
	for _, open := range windows {
		on := open.Maintenance.On
		if on == "" {
			on = "everything"
		}
		rows = append(rows, []string{"paused", on, "until " + clock(open.Until), "maintenance", oneLine(open.Maintenance.Reason)})
	}
	columns(w, rows)
}
