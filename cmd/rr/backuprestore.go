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
	Steps         []string         `json:"steps"`             // for a person, where there are some
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
	name, with, err := restorable(c, store)
	if err != nil {
		return err
	}
	set, err := backupsets.Find(backupsets.Of(b.options()), name)
	if err != nil {
		return usage(err)
	}
	if path := c.String("path"); path != "" {
		with += ":" + path
	}
	looking := &actbackup.Opened{Store: store, Config: *b.loaded.Config.Backup}
	plan, passed, err := looking.Plan(c.Context, set, with)
	if errors.Is(err, backup.ErrNone) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	result := restoreResult{SchemaVersion: outputVersion, Plan: plan, Passed: append([]string{}, passed...), Left: []string{}, Steps: []string{}}
	for _, file := range plan.Backup.Files {
		if why := set.Left(plan.Roots, file.Path); why != "" {
			result.Left = append(result.Left, file.Path+": "+why)
		}
	}
	result.Steps = b.steps(set.Name, plan.Backup.ID)
	if !c.Bool("apply") {
		return m.print(c, result, func(w io.Writer) { restoreLines(w, result) })
	}

	return m.applyRestore(c, set.Name, restorePick(plan.Backup.ID, c.String("path")), result)
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

func (m *Main) applyRestore(c *cli.Context, set, with string, result restoreResult) error {
	outcomes, err := m.askActs(c, []control.ActRequest{{Verb: "backup.restore", Target: schemas.SetID(set), Reason: c.String("reason"), With: with}})
	if err != nil {
		return err
	}
	result.Outcome = &outcomes[0]
	err = m.print(c, result, func(w io.Writer) {
		passedLines(w, result)
		actLines(w, outcomes[0])
		for _, step := range result.Steps {
			fmt.Fprintln(w, step)
		}
	})
	if err != nil {
		return err
	}

	return worst(outcomes)
}

// steps are what a person does to put back what PM2 saved, in this order: a
// daemon that lives, or is told to end by a signal, writes its list over it.
func (b backups) steps(set, id string) []string {
	scope, of := strings.CutPrefix(set, "pm2-")
	entry, found := b.loaded.Config.PM2[scope]
	if !of || !found {
		return []string{}
	}
	home, err := b.main.pm2Home(b.loaded, entry)
	if err != nil {
		return []string{}
	}
	as := fmt.Sprintf("env -i HOME=\"$HOME\" PATH=\"$PATH\" PM2_HOME=%q %s", home, entry.Command)

	return []string{
		"as the user whose PM2 it is, with rr paused (rr pause pm2/" + scope + " --for 1h --reason restore):",
		"1. " + as + " kill                      # ends every app; a signal instead would write over the dump",
		"2. rr act pm2.end_orphans pm2/" + scope + "/daemon/pm2   # what an earlier daemon left running, if rr tells of any",
		"3. rr backup restore --apply " + id,
		"4. check that each pm_exec_path, pm_cwd and interpreter in " + home + "/dump.pm2 is there; else an app comes back as a phantom",
		"5. " + as + " resurrect",
		"6. rr eval                               # every name and instance of the dump is online",
		"7. " + as + " save, then rr resume pm2/" + scope,
	}
}

func passedLines(w io.Writer, result restoreResult) {
	for _, id := range result.Passed {
		fmt.Fprintf(w, "passed over %s: it is damaged\n", id)
	}
}

func restoreLines(w io.Writer, result restoreResult) {
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
	if len(result.Steps) > 0 {
		fmt.Fprintln(w, strings.Join(result.Steps, "\n"))
		return
	}
	if changes == 0 {
		fmt.Fprintln(w, "everything is so already")
		return
	}
	fmt.Fprintln(w, "nothing was changed; --apply does it, and keeps what it replaces")
}
