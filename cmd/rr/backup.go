package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/control"
	"rr/schemas"
)

// backupOutcomes is what commands print that act on sets.
type backupOutcomes struct {
	SchemaVersion int               `json:"schema_version"`
	Outcomes      []schemas.Outcome `json:"outcomes"`
	Refused       []string          `json:"refused"` // sets with secrets that nothing encrypts
}

func (m *Main) backupCommand() *cli.Command {
	return &cli.Command{
		Name: "backup", Usage: "back up, look into backups and put them back",
		Subcommands: []*cli.Command{
			m.onSets("create", "back sets up now, all where none is named"),
			m.backupListCommand(), m.backupShowCommand(),
			m.onSets("verify", "read every backup of sets again, to the last byte"),
			m.onSets("drill", "restore the newest good backup of sets into a scratch folder, for practice"),
			m.backupRestoreCommand(),
			m.onSets("prune", "let go of what the configuration does not keep"),
			m.backupMirrorCommand(),
		},
		Action: onlySubcommands,
	}
}

// onSets is a command that does one thing to sets.
func (m *Main) onSets(name, usage string) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: "[SET …]", Flags: []cli.Flag{outputFlag(), reasonFlag()},
		Action: func(c *cli.Context) error { return m.actOnSets(c, "backup."+name) },
	}
}

// keptBackups is the store of the configuration that a command is about.
func (m *Main) keptBackups(c *cli.Context) (backups, error) {
	loaded, err := m.load(c)
	if err != nil {
		return backups{}, err
	}
	if loaded.Config.Backup == nil {
		return backups{}, usagef("nothing is backed up: write backup: {} into %s", loaded.Path)
	}

	return backups{m, loaded, m.stateDir(common(c, "state"), loaded.Path), newEcosystemReaders()}, nil
}

// look opens the store to read only.
func (b backups) look() (*backup.Store, error) {
	dir, _ := b.options().Where(b.state)

	return backup.Look(dir, b.kept())
}

func (m *Main) actOnSets(c *cli.Context, verb string) error {
	b, err := m.keptBackups(c)
	if err != nil {
		return err
	}
	sets := backupsets.Of(b.options())
	names := c.Args().Slice()
	result := backupOutcomes{SchemaVersion: outputVersion, Outcomes: []schemas.Outcome{}, Refused: []string{}}
	if len(names) == 0 {
		for _, set := range sets {
			if verb == "backup.create" && backupsets.Refused(set, *b.loaded.Config.Backup) {
				result.Refused = append(result.Refused, set.Name)
				continue
			}
			names = append(names, set.Name)
		}
		if verb != "backup.create" {
			names, err = b.withBackups(c, names, verb)
			if err != nil {
				return err
			}
		}
	}
	var requests []control.ActRequest
	for _, name := range names {
		if _, err := backupsets.Find(sets, name); err != nil {
			return usage(err)
		}
		requests = append(requests, control.ActRequest{Verb: verb, Target: schemas.SetID(name), Reason: c.String("reason")})
	}
	if verb == "backup.prune" && len(requests) > 1 {
		requests = requests[:1] // it is about all sets
	}
	if result.Outcomes, err = m.askActs(c, requests); err != nil {
		return err
	}
	if err := m.print(c, result, func(w io.Writer) { setLines(w, result) }); err != nil {
		return err
	}

	return worst(result.Outcomes)
}

// withBackups leaves out sets of which nothing was kept yet: nothing can be done
// to them. Where only damaged ones are left, what is asked for has to fail.
func (b backups) withBackups(c *cli.Context, names []string, verb string) ([]string, error) {
	store, err := b.look()
	if err != nil {
		return nil, err
	}
	var left []string
	for _, name := range names {
		all, err := store.ListAll(c.Context, name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(b backup.Backup) bool { return b.State == backup.Good || verb != "backup.drill" }) {
			left = append(left, name)
		}
	}
	if len(left) == 0 && verb != "backup.prune" {
		return nil, errors.New("there is no backup yet: rr backup create")
	}

	return left, nil
}

// askActs asks the rr that runs for one action after the other; where none does,
// it takes the journal's lock and performs them itself.
func (m *Main) askActs(c *cli.Context, requests []control.ActRequest) ([]schemas.Outcome, error) {
	loaded, err := m.load(c)
	if err != nil {
		return nil, err
	}
	client := control.Client{Dir: m.stateDir(common(c, "state"), loaded.Path)}
	outcomes := []schemas.Outcome{}
	for i, request := range requests {
		outcome, err := client.Act(c.Context, request)
		if i == 0 && errors.Is(err, control.ErrNotRunning) {
			return m.actsAlone(c, requests)
		}
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, outcome)
	}

	return outcomes, nil
}

func (m *Main) actsAlone(c *cli.Context, requests []control.ActRequest) ([]schemas.Outcome, error) {
	s, err := m.start(c)
	if err != nil {
		return nil, err
	}
	defer s.close()
	defer s.holdSignals()()
	outcomes := []schemas.Outcome{}
	for _, request := range requests {
		outcome, err := s.act(c.Context, request)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, outcome)
	}

	return outcomes, nil
}

func setLines(w io.Writer, result backupOutcomes) {
	var rows [][]string
	for _, o := range result.Outcomes {
		rows = append(rows, []string{o.Action.Target.Name(), o.Status, oneLine(o.Note)})
		for _, held := range o.Withheld {
			rows = append(rows, []string{"", "  by " + held.Guard, withheldText(held)})
		}
	}
	for _, name := range result.Refused {
		rows = append(rows, []string{name, "refused", "it holds secrets: name whom to encrypt for in backup.recipients"})
	}
	columns(w, rows)
	if len(rows) == 0 {
		fmt.Fprintln(w, "there is nothing to do it to")
	}
}

// worst is the exit code of several outcomes.
func worst(outcomes []schemas.Outcome) error {
	code := exitOK
	for _, o := range outcomes {
		switch o.Status {
		case schemas.OutcomeFailed:
			return exit{code: exitFailed}
		case schemas.OutcomeUnknown:
			code = exitUnknown
		case schemas.OutcomeWithheld, schemas.OutcomeRefused:
			if code == exitOK {
				code = exitDue
			}
		}
	}
	if code == exitOK {
		return nil
	}

	return exit{code: code}
}

func (m *Main) backupMirrorCommand() *cli.Command {
	return &cli.Command{
		Name: "mirror", Usage: "make the folder of backup.mirror the mirror of this store, once, when it is mounted",
		Action: func(c *cli.Context) error {
			if err := noMore(c, 0); err != nil {
				return err
			}
			b, err := m.keptBackups(c)
			if err != nil {
				return err
			}
			o, err := b.Open()
			if err != nil {
				return err
			}
			if o.Mirror == "" {
				return usagef("backup.mirror is not set in %s", b.loaded.Path)
			}
			if err := o.Store.InitMirror(o.Mirror); err != nil {
				return err
			}
			fmt.Fprintf(m.Stdout, "%s is the mirror of %s\n", o.Mirror, o.Store.Dir())
			return nil
		},
	}
}
