package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	actbackup "rr/actions/backup"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/control"
	"rr/schemas"
)

// restoreResult is what `rr backup restore -o json` prints.
type restoreResult struct {
	SchemaVersion int              `json:"schema_version"`
	Plan          backup.Plan      `json:"plan"`
	Passed        []string         `json:"passed"`            // newer backups that are damaged
	Left          []string         `json:"left"`              // files that are put back by hand, with why
	Lacking       []string         `json:"lacking"`           // apps that would come back as a phantom, with what is not there
	Steps         []string         `json:"steps"`             // lines of shell for a person, where there are some
	Outcome       *schemas.Outcome `json:"outcome,omitempty"` // absent without --apply
}

func (m *Main) backupRestoreCommand() *cli.Command {
	return &cli.Command{
		Name: "restore", Usage: "say what putting a backup back would change; with --apply, do it", ArgsUsage: "SET|BACKUP",
		Flags: []cli.Flag{
			outputFlag(), reasonFlag(),
			&cli.BoolFlag{Name: "apply", Usage: "put it back; what is replaced is kept"},
			&cli.StringFlag{Name: "path", Usage: "only the file `PATH`, as rr backup show names it"},
		},
		Action: m.backupRestore,
	}
}

func (m *Main) backupRestore(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("backup restore: want a set, for its newest good backup that differs, or a backup as rr backup list names it")
	}
	b, err := m.keptBackups(c)
	if err != nil {
		return err
	}
	store, err := b.look()
	if err != nil {
		return err
	}
	set, plan, passed, err := b.restorePlan(c, store)
	if err != nil {
		return err
	}
	result := restoreResult{SchemaVersion: outputVersion, Plan: plan, Passed: append([]string{}, passed...), Left: []string{}, Lacking: []string{}, Steps: []string{}}
	for _, file := range plan.Backup.Files {
		if why := set.Left(plan.Roots, file.Path); why != "" {
			result.Left = append(result.Left, file.Path+": "+why)
		}
	}
	pick := restorePick(plan.Backup.ID, c.String("path"))
	fleet, of, err := b.fleetRestore(c, set.Name, pick)
	if err != nil {
		return err
	}
	if of {
		result.Steps = fleet.steps()
		if result.Lacking, err = fleet.lacking(c.Context, store, plan.Backup.ID); err != nil {
			return err
		}
	}
	if !c.Bool("apply") {
		return m.print(c, result, func(w io.Writer) { restoreLines(w, result) })
	}
	outcome, err := m.applyRestore(c, set.Name, pick)
	if err != nil {
		return err
	}
	result.Outcome = &outcome
	if of && outcome.Status == schemas.OutcomeDone {
		result.Steps = fleet.after()
	}
	err = m.print(c, result, func(w io.Writer) {
		passedLines(w, result)
		actLines(w, outcome)
		stepLines(w, result)
	})
	if err != nil {
		return err
	}

	return worst([]schemas.Outcome{outcome})
}

// restorePlan says what putting back what the command names would do, and which
// newer backups are passed over.
func (b backups) restorePlan(c *cli.Context, store *backup.Store) (set backupsets.Set, plan backup.Plan, passed []string, err error) {
	name, with, err := restorable(c, store)
	if err != nil {
		return set, plan, nil, err
	}
	set, err = backupsets.Find(backupsets.Of(b.options()), name)
	if err != nil {
		return set, plan, nil, usage(err)
	}
	if path := c.String("path"); path != "" {
		with += ":" + path
	}
	looking := &actbackup.Opened{Store: store, Config: *b.loaded.Config.Backup}
	plan, passed, err = looking.Plan(c.Context, set, with)
	if errors.Is(err, backup.ErrNone) {
		err = usage(err)
	}

	return set, plan, passed, err
}

// restorable reads what to restore: the newest of a set, the newest of what
// restores of a set replaced, or the backup that is named.
func restorable(c *cli.Context, store *backup.Store) (set, with string, err error) {
	name := c.Args().First()
	below, replaced := strings.CutPrefix(name, backup.ReplacedBy(""))
	if set, stamp, named := strings.Cut(below, "/"); named && stamp != "" {
		return set, name, nil
	}
	if !replaced {
		return name, actbackup.Newest, nil
	}
	all, err := store.List(c.Context, name)
	if err != nil {
		return "", "", usage(err)
	}
	for _, b := range slices.Backward(all) {
		if b.Damaged == "" {
			return below, b.ID, nil
		}
	}

	return "", "", usagef("nothing is kept that a restore of %s replaced", below)
}

func restorePick(id, path string) string {
	if path == "" {
		return id
	}

	return id + ":" + path
}

func (m *Main) applyRestore(c *cli.Context, set, with string) (schemas.Outcome, error) {
	outcomes, err := m.askActs(c, []control.ActRequest{{Verb: "backup.restore", Target: schemas.SetID(set), Reason: c.String("reason"), With: with}})
	if err != nil {
		return schemas.Outcome{}, err
	}

	return outcomes[0], nil
}

func passedLines(w io.Writer, result restoreResult) {
	for _, id := range result.Passed {
		fmt.Fprintf(w, "passed over %s: it is damaged\n", id)
	}
}

// restoreLines prints what would be done. Where a person has to do it, all of
// it is a script for a shell, in which everything else is a comment.
func restoreLines(w io.Writer, result restoreResult) {
	if len(result.Steps) == 0 {
		if changeLines(w, result) == 0 {
			fmt.Fprintln(w, "everything is so already")
			return
		}
		fmt.Fprintln(w, "nothing was changed; --apply does it, and keeps what it replaces")
		return
	}
	var plan strings.Builder
	changeLines(&plan, result)
	for line := range strings.Lines(plan.String()) {
		fmt.Fprint(w, "# ", line)
	}
	stepLines(w, result)
}

// changeLines prints what each file would become, and returns how many change.
func changeLines(w io.Writer, result restoreResult) int {
	passedLines(w, result)
	fmt.Fprintf(w, "%s of %s\n", result.Plan.Backup.ID, clock(result.Plan.Backup.Created))
	changes := 0
	for _, change := range result.Plan.Changes {
		if change.Kind == backup.Same {
			continue
		}
		changes++
		fmt.Fprintf(w, "%s %s (%d bytes, now %d)\n", change.Kind, change.Target, change.Size, change.WasSize)
		if change.Refused != "" {
			fmt.Fprintf(w, "  refused: %s\n", oneLine(change.Refused))
		}
		if change.NotShown != "" {
			fmt.Fprintf(w, "  no diff: %s\n", oneLine(change.NotShown))
		}
		for line := range strings.Lines(change.Diff) {
			fmt.Fprintln(w, "  "+oneLine(strings.TrimSuffix(line, "\n")))
		}
	}
	for _, left := range result.Left {
		fmt.Fprintf(w, "left out %s\n", left)
	}

	return changes
}

// stepLines prints what a person is to do, as a script for a shell.
func stepLines(w io.Writer, result restoreResult) {
	for _, lacks := range result.Lacking {
		fmt.Fprintf(w, "# would not run, since it is not there: %s\n", oneLine(lacks))
	}
	if len(result.Steps) > 0 {
		fmt.Fprintln(w, "# by hand, as the user whose PM2 it is, each once the one before has worked:")
	}
	for _, step := range result.Steps {
		fmt.Fprintln(w, step)
	}
}
