package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/pm2"
	"rr/internal/procfs"
	"rr/schemas"
)

// step is one line of what a person does by hand: a command for a shell, and why.
type step struct{ do, why string }

func (s step) String() string {
	if s.why == "" {
		return s.do
	}

	return s.do + "  # " + oneLine(s.why) // what follows a line break would be a command
}

// fleetRestore is a backup of a PM2 home that a person is about to put back.
type fleetRestore struct {
	set, pick string // the set, and what of it
	scope     string
	home      string
	command   string // pm2
	rr        string // the rr command, with the flags that this one was given
	status    pm2.Status
	orphans   []pm2.Orphan
}

// fleetRestore is what putting back a set takes, false where it is none of PM2's.
func (b backups) fleetRestore(c *cli.Context, set, pick string) (fleetRestore, bool, error) {
	scope, of := strings.CutPrefix(set, schemas.SetOf("pm2", ""))
	entry, found := b.loaded.Config.PM2[scope]
	if !of || !found {
		return fleetRestore{}, false, nil
	}
	home, err := b.main.pm2Home(b.loaded, entry)
	if err != nil {
		return fleetRestore{}, false, err
	}
	f := fleetRestore{set: set, pick: pick, scope: scope, home: home, command: entry.Command, rr: "rr", status: pm2.Probe(c.Context, home)}
	for _, flag := range []string{"config", "state"} {
		if value := common(c, flag); value != "" {
			f.rr += " --" + flag + " " + quoted(value)
		}
	}
	table, err := procfs.FS{}.Table()
	if err != nil {
		return fleetRestore{}, false, fmt.Errorf("look for orphans: %w", err)
	}
	serving, serves := table.Process(f.status.PID)
	for _, orphan := range pm2.Orphans(table, home, f.status.PID) {
		if f.status.State != pm2.Serving || serves && orphan.Start < serving.Start { // else an app under it let a helper go
			f.orphans = append(f.orphans, orphan)
		}
	}

	return f, true, nil
}

// steps are what a person does, in this order: a daemon that lives, or is told
// to end by a signal, writes its list over the dump; what an earlier one left
// running would be started a second time; and rr is paused, so that it does not
// start what is being started.
func (f fleetRestore) steps() []string {
	restore := f.rr + " backup restore "
	switch f.status.State {
	case pm2.Absent, pm2.Dead, pm2.Serving:
	case pm2.Foreign:
		return ending("this PM2 belongs to another user: run rr backup restore as that one")
	case pm2.Stuck:
		if f.status.PID <= 0 {
			return ending("the daemon does not answer, and which process it is cannot be told: " + f.status.Note)
		}
		return []string{
			step{fmt.Sprintf("kill -9 %d", f.status.PID), "the daemon does not answer: " + f.status.Note}.String(),
			step{restore + quoted(f.pick), "says how to go on"}.String(),
		}
	default:
		return ending("how the daemon is cannot be told, so nothing is ended: " + f.status.Note)
	}
	on := "pm2/" + f.scope
	all := []step{{f.rr + " pause " + on + " --for 1h --reason 'restore " + f.set + "'", "so that rr starts nothing meanwhile"}, f.tellPaused(on)}
	if f.status.State == pm2.Serving {
		all = append(all, step{f.pm2("kill"), "ends every app; a signal instead would write over the dump"})
	}
	if len(f.orphans) > 0 {
		all = append(all, f.endOrphans())
	}
	all = append(all,
		step{restore + "--apply " + quoted(f.pick), "keeps what it replaces"},
		step{f.pm2("resurrect"), "as the user whose PM2 it is, with a clean environment"},
		step{f.rr + " eval --fail-on warning --on " + on, "rr finds nothing wrong with this PM2 and its apps, whatever else ails; where it does, look before you go on"},
		step{f.pm2("save"), "keeps what runs now"},
		step{f.rr + " resume " + on + " --reason 'restored " + f.set + "'", ""},
	)
	var lines []string
	for _, one := range all {
		lines = append(lines, one.String())
	}

	return lines
}

// ending says why nothing is to be done, and ends the script.
func ending(why string) []string {
	return []string{"echo " + quoted(oneLine(why)) + " >&2", "exit 1"}
}

// after are the steps that are left once the files are back.
func (f fleetRestore) after() []string {
	all := f.steps()
	i := slices.IndexFunc(all, func(line string) bool { return strings.HasPrefix(line, f.rr+" backup restore --apply ") })

	return all[i+1:]
}

// pm2 is a pm2 command that passes nothing on to apps but what they need.
func (f fleetRestore) pm2(verb string) string {
	return fmt.Sprintf(`env -i HOME="$HOME" PATH="$PATH" PM2_HOME=%s %s %s`, quoted(f.home), quoted(f.command), verb)
}

// tellPaused has the script say, where a step of it fails, that rr is paused.
func (f fleetRestore) tellPaused(on string) step {
	text := "a step failed, and rr is still paused on " + on + ": when it is mended go on from there, or end the pause with " + f.rr + " resume " + on + " --reason REASON"

	return step{"trap " + quoted("[ $? -eq 0 ] || echo "+quoted(oneLine(text))+" >&2") + " EXIT", ""}
}

// endOrphans ends what is left; one that has ended meanwhile is no failure.
func (f fleetRestore) endOrphans() step {
	var pids, names []string
	for _, orphan := range f.orphans {
		pids, names = append(pids, strconv.Itoa(orphan.PID)), append(names, orphan.Name)
	}
	slices.Sort(names)

	return step{
		"for p in " + strings.Join(pids, " ") + "; do kill $p || [ ! -d /proc/$p ]; timeout 10 tail --pid=$p -f /dev/null || kill -9 $p || [ ! -d /proc/$p ]; done",
		"what an earlier daemon left running of " + strings.Join(slices.Compact(names), ", ") + "; PM2 would start it a second time",
	}
}

// lacking names the apps of the dump in a backup that would come back as a
// phantom, and what of theirs is not there.
func (f fleetRestore) lacking(ctx context.Context, store *backup.Store, id string) ([]string, error) {
	lacking := []string{}
	text, err := store.ReadFile(ctx, id, backupsets.Dump)
	if errors.Is(err, backup.ErrNone) {
		return lacking, nil
	}
	if err != nil {
		return nil, err
	}
	dump, err := pm2.ParseDump(text)
	if err != nil {
		return lacking, nil // it is put back as it was; the plan says that it was not valid
	}
	for _, entry := range dump.Entries {
		for _, path := range []string{entry.CWD, entry.ExecPath, entry.Interpreter} {
			if strings.HasPrefix(path, "/") && entry.Status != "stopped" && gone(path) {
				lacking = append(lacking, fmt.Sprintf("%s: %s", entry.Name, path))
			}
		}
	}
	slices.Sort(lacking)

	return slices.Compact(lacking), nil
}

func gone(path string) bool {
	_, err := os.Stat(path)

	return errors.Is(err, os.ErrNotExist)
}

// quoted is a word for a shell.
func quoted(word string) string {
	special := func(r rune) bool {
		return !strings.ContainsRune("_./:=@%+-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}

	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
