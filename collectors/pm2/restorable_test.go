package pm2

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

// held are backups of dumps, the newest first; it counts how often they are
// asked.
type held struct {
	texts []string
	err   error
	asked *int
}

func (h held) Apps(context.Context, string) ([]Backup, error) {
	*h.asked++
	var all []Backup
	for i, text := range h.texts {
		dump, err := pm2.ParseDump([]byte(text))
		if err != nil {
			return nil, err
		}
		all = append(all, Backup{From: "backup " + string(rune('a'+i)), Apps: dump.Apps()})
	}

	return all, h.err
}

// savedAs is api as a dump has it, with further fields.
func savedAs(fields string) string {
	const whole = `{"name":"api","status":"online","pm_exec_path":"/bin/sh","pm_cwd":"/","exec_interpreter":"none","exec_mode":"fork_mode",` +
		`"env":{"TOKEN":"s3cret"},"pm_out_log_path":"/o","pm_err_log_path":"/e","pm_pid_path":"/p"}`
	if fields == "" {
		return "[" + whole + "]"
	}

	return "[" + strings.TrimSuffix(whole, "}") + "," + fields + "}]"
}

func TestALostProcessIsRestorableWhereABackupHoldsAnotherEntryOfIt(t *testing.T) {
	errored := []pm2.App{{Name: "api", ID: 0, Status: "errored"}}
	for _, c := range []struct {
		name      string
		apps      []pm2.App
		dump      string
		backups   []string
		want      string
		from      string
		unasked   bool
		elsewhere bool
	}{
		{name: "it is yes where it is missing", backups: []string{savedAs("")}, want: "yes", from: "backup a"},
		{name: "it is yes where it is errored and not saved", apps: errored, dump: "[]", backups: []string{savedAs("")}, want: "yes", from: "backup a"},
		{name: "it is yes where its entry is another", apps: errored, dump: savedAs(`"args":["x"]`), backups: []string{savedAs("")}, want: "yes", from: "backup a"},
		{name: "it is no where its entry is the same", apps: errored, dump: savedAs(""), backups: []string{savedAs("")}, want: "no"},
		{name: "it is no where PM2 only counted on", apps: errored, dump: savedAs(`"restart_time":7,"pm_uptime":5,"unique_id":"a"`), backups: []string{savedAs(`"restart_time":2`)}, want: "no"},
		{name: "it is that of an older one", apps: errored, dump: savedAs(""), backups: []string{savedAs(""), "[]", savedAs(`"args":["x"]`)}, want: "yes", from: "backup c"},
		{name: "it is no where its script is gone", backups: []string{strings.Replace(savedAs(""), "/bin/sh", "/no/such", 1)}, want: "no"},
		{name: "it is yes where its script is in a container", backups: []string{strings.Replace(savedAs(""), "/bin/sh", "/no/such", 1)}, want: "yes", from: "backup a", elsewhere: true},
		{name: "it is no where its folder is gone", backups: []string{strings.Replace(savedAs(""), `"pm_cwd":"/"`, `"pm_cwd":"/no/such"`, 1)}, want: "no"},
		{name: "it is no where the entry is incomplete", backups: []string{`[{"name":"api"}]`}, want: "no"},
		{name: "it is no where it was stopped", backups: []string{strings.Replace(savedAs(""), "online", "stopped", 1)}, want: "no"},
		{name: "it is no where it is of another app", backups: []string{strings.Replace(savedAs(""), "api", "web", 1)}, want: "no"},
		{name: "it is no where it is of another instance", backups: []string{savedAs(`"NODE_APP_INSTANCE":1`)}, want: "no"},
		{name: "it is no where nothing is backed up", want: "no", unasked: true},
		{name: "it is no of what runs, and no backup is asked", apps: []pm2.App{{Name: "api", Status: "online", PID: os.Getpid()}}, backups: []string{savedAs("")}, want: "no", unasked: true},
		{name: "it is no of what was stopped, and no backup is asked", apps: []pm2.App{{Name: "api", Status: "stopped"}}, backups: []string{savedAs("")}, want: "no", unasked: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := schemas.PM2{Expect: []string{"api"}}
			collector, asked := newCollector(t, config), 0
			collector.Remember(nil)
			if c.backups != nil {
				collector.Remember(held{texts: c.backups, asked: &asked})
			}
			if c.dump != "" {
				writeText(t, filepath.Join(collector.Home, "dump.pm2"), c.dump)
			}
			l := lookNow(t, config, c.apps...)
			l.elsewhere = c.elsewhere
			facts := collector.processes(l)
			collector.restorableApps(t.Context(), l, facts)
			p := facts["pm2/local/process/api"]
			if p.Restorable != c.want || p.RestoreFrom != c.from {
				t.Errorf("%s is restorable: %q from %q, want %q from %q", p.State, p.Restorable, p.RestoreFrom, c.want, c.from)
			}
			if (asked == 0) != c.unasked {
				t.Errorf("backups were asked %d times", asked)
			}
		})
	}
}

func TestBackupsAreAskedOnceInALookWhereManyAreLost(t *testing.T) {
	config := schemas.PM2{Expect: []string{"api", "b", "c"}}
	collector, asked := newCollector(t, config), 0
	collector.Remember(held{texts: []string{savedAs("")}, asked: &asked})
	l := lookNow(t, config, pm2.App{Name: "d", Status: "errored"})
	facts := collector.processes(l)
	collector.restorableApps(t.Context(), l, facts)
	if len(facts) != 4 || asked != 1 {
		t.Errorf("of %d lost processes backups were asked %d times, want 4 and once", len(facts), asked)
	}
}

func TestItIsUnknownWhetherAProcessIsRestorableWhereBackupsCannotBeRead(t *testing.T) {
	config := schemas.PM2{Expect: []string{"api"}}
	collector, asked := newCollector(t, config), 0
	look := func() string {
		l := lookNow(t, config)
		facts := collector.processes(l)
		collector.restorableApps(t.Context(), l, facts)
		return facts["pm2/local/process/api"].Restorable
	}
	if got := look(); got != unknown {
		t.Errorf("before backups are known of it is %q, want unknown", got)
	}
	collector.Remember(held{err: errors.New("no room"), asked: &asked})
	if got := look(); got != unknown {
		t.Errorf("where they cannot be read it is %q, want unknown", got)
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
