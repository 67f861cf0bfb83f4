package pm2

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// dump is what `pm2 save` left, which is all that a dead daemon can be brought
// back from.
type dump struct {
	state   string // present, missing, invalid or unknown
	savedAt time.Time
	entries int
	names   map[string]string // namespaces by name
}

// dumpReader reads dump.pm2 only when it has changed: it holds the environment
// of every app and is large.
type dumpReader struct {
	stamp stamp
	last  dump
	known bool
}

func (r *dumpReader) read(home string) dump {
	now := stampOf(filepath.Join(home, "dump.pm2"))
	if !r.known || now != r.stamp {
		sure := now.sure()
		r.last = readDump(home)
		r.stamp, r.known = now, sure && (r.last.state == "present" || r.last.state == "invalid")
	}

	return r.last
}

func readDump(home string) dump {
	read, err := pm2.ReadDump(home)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		return dump{state: "missing"}
	case errors.Is(err, fs.ErrPermission):
		return dump{state: unknown}
	default:
		return dump{state: "invalid"}
	}
	d := dump{state: "present", savedAt: read.SavedAt, entries: len(read.Entries), names: map[string]string{}}
	for _, entry := range read.Entries {
		d.names[entry.Name] = entry.Namespace
	}

	return d
}

// holds tells whether an app would come back from the dump.
func (d dump) holds(name string) string {
	if d.state == "invalid" || d.state == unknown {
		return unknown
	}
	if _, saved := d.names[name]; saved {
		return yes
	}

	return no
}

// readDumpInto tells what was saved, and how that differs from what runs.
func (l *look) readDumpInto(d *schemas.Daemon) {
	d.Dump = l.dump.state
	if l.dump.state == "present" {
		age := max(0, int64(l.at.Sub(l.dump.savedAt).Seconds()))
		d.SavedApps, d.DumpAgeS = &l.dump.entries, &age
	}
	if l.listError == nil {
		d.Unsaved, d.Unstarted = l.unsaved(), l.lost()
	}
}

// unsaved are the names that run and that the dump does not hold. Modules are
// started by the pm2 command and never saved.
func (l *look) unsaved() []string {
	var names []string
	for _, app := range l.apps {
		if app.Name != "" && !app.Module.B && runs(app) && l.dump.holds(app.Name) == no && watches(l.config.PM2, app.Name, app.Namespace) {
			names = append(names, app.Name)
		}
	}

	return few(names)
}

// runs tells whether PM2 keeps an app running, or is about to.
func runs(app pm2.App) bool {
	switch app.Status {
	case "online", "launching", "one-launch-status":
		return true
	case "waiting restart":
		return !doesNotRestart(app)
	}

	return false
}

// lost are the names in the dump that the daemon does not know.
func (l *look) lost() []string {
	known := namesOf(l.apps)
	var names []string
	for name, namespace := range l.dump.names {
		if name != "" && !known[name] && watches(l.config.PM2, name, namespace) {
			names = append(names, name)
		}
	}

	return few(names)
}
