package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/backup"
	"rr/internal/backupsets"
)

// backupList is what `rr backup list -o json` prints.
type backupList struct {
	SchemaVersion int             `json:"schema_version"`
	Sets          []setListed     `json:"sets"`
	Backups       []backup.Backup `json:"backups"`
}

type setListed struct {
	Name    string `json:"name"`
	Refused bool   `json:"refused"` // it holds secrets, and nothing encrypts it
	Secret  bool   `json:"secret"`
	Empty   bool   `json:"empty"` // it has no backup, and there is nothing to back up
	Good    int    `json:"good"`
	Problem string `json:"problem,omitempty"` // why its index is not believed
}

func (m *Main) backupListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list backups, the newest last", ArgsUsage: "[SET …]", Flags: []cli.Flag{outputFlag()}, Action: m.backupList,
	}
}

func (m *Main) backupList(c *cli.Context) error {
	b, err := m.keptBackups(c)
	if err != nil {
		return err
	}
	store, err := b.look()
	if err != nil {
		return err
	}
	result := backupList{SchemaVersion: outputVersion, Sets: []setListed{}, Backups: []backup.Backup{}}
	names := c.Args().Slice()
	for _, set := range backupsets.Of(b.options()) {
		if len(names) > 0 && !slices.Contains(names, set.Name) {
			continue
		}
		all, err := store.ListAll(c.Context, set.Name)
		if err != nil {
			return err
		}
		listed := setListed{Name: set.Name, Secret: set.Secret, Refused: backupsets.Refused(set, *b.loaded.Config.Backup)}
		if err := store.CheckIndex(set.Name); err != nil {
			listed.Problem = err.Error()
		}
		for i := range all {
			if all[i].State == backup.Good && all[i].Damaged == "" {
				listed.Good++
			}
			all[i].Files = nil // rr backup show tells
		}
		if len(all) == 0 && !listed.Refused {
			listed.Empty, _ = set.Empty(c.Context, store) // what cannot be read is there
		}
		result.Sets, result.Backups = append(result.Sets, listed), append(result.Backups, all...)
	}
	for _, name := range names {
		if !slices.ContainsFunc(result.Sets, func(s setListed) bool { return s.Name == name }) {
			return usagef("no set %q%s", name, suggestion(name, b.loaded.Config.SetNames()))
		}
	}

	return m.print(c, result, func(w io.Writer) { listLines(w, result, m.Now()) })
}

func listLines(w io.Writer, result backupList, now time.Time) {
	rows := [][]string{{"BACKUP", "STATE", "SEEN", "BYTES", "VERIFIED", "DRILLED", ""}}
	for _, b := range result.Backups {
		word := b.State
		if b.Damaged != "" {
			word = "damaged"
		}
		rows = append(rows, []string{
			b.ID, word, ago(b.Touched, now), fmt.Sprint(b.Size), ago(b.VerifiedAt, now), ago(b.DrilledAt, now), oneLine(b.Damaged + b.Reason),
		})
	}
	columns(w, rows)
	for _, set := range result.Sets {
		if set.Problem != "" {
			fmt.Fprintf(w, "%s: %s; what is listed is what its archives say, and the next backup makes it anew\n", set.Name, set.Problem)
		}
		switch {
		case set.Refused:
			fmt.Fprintf(w, "%s holds secrets and is not backed up: name whom to encrypt for in backup.recipients\n", set.Name)
		case set.Empty:
			fmt.Fprintf(w, "%s has nothing to back up\n", set.Name)
		case set.Good == 0:
			fmt.Fprintf(w, "%s has no good backup\n", set.Name)
		}
	}
}

func ago(at, now time.Time) string {
	if at.IsZero() {
		return "never"
	}

	return max(0, now.Sub(at)).Round(time.Second).String() + " ago"
}

// backupShown is what `rr backup show -o json` prints.
type backupShown struct {
	SchemaVersion int           `json:"schema_version"`
	Backup        backup.Backup `json:"backup"`
	Path          string        `json:"path"` // of its archive
}

func (m *Main) backupShowCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "say what is in a backup", ArgsUsage: "BACKUP", Flags: []cli.Flag{outputFlag()}, Action: m.backupShow,
	}
}

func (m *Main) backupShow(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("backup show: want a backup as rr backup list names it")
	}
	b, err := m.keptBackups(c)
	if err != nil {
		return err
	}
	store, err := b.look()
	if err != nil {
		return err
	}
	shown, err := store.Get(c.Context, c.Args().First())
	if errors.Is(err, backup.ErrNone) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	result := backupShown{outputVersion, shown, store.Path(shown)}

	return m.print(c, result, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %d bytes, made %s\n%s\n", shown.ID, shown.State, shown.Size, clock(shown.Created), result.Path)
		var rows [][]string
		for _, file := range shown.Files {
			rows = append(rows, []string{file.Path, file.Mode.String(), fmt.Sprint(file.Size), file.SHA256[:16], oneLine(file.Problem)})
		}
		columns(w, rows)
	})
}
