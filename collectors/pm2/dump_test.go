package pm2

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// save writes a dump of apps with these names.
func save(t *testing.T, home, content string) string {
	t.Helper()
	path := filepath.Join(home, "dump.pm2")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSaved(t *testing.T) {
	for _, c := range []struct {
		name    string
		content string
		state   string
		saved   string
	}{
		{"it is yes where the dump names it", `[{"name":"api"}]`, "present", "yes"},
		{"it is no where the dump does not", `[{"name":"web"}]`, "present", "no"},
		{"it is no where nothing was saved", "", "missing", "no"},
		{"it is unknown where the dump cannot be read", `[{"name":"api"`, "invalid", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			if c.content != "" {
				save(t, home, c.content)
			}
			d := (&dumpReader{}).read(home)
			if d.state != c.state || d.holds("api") != c.saved {
				t.Errorf("dump = %s, saved = %s; want %s, %s", d.state, d.holds("api"), c.state, c.saved)
			}
		})
	}
}

func TestDumpIsReadOnlyWhenItHasChanged(t *testing.T) {
	home := t.TempDir()
	path := save(t, home, `[{"name":"api"}]`)
	time.Sleep(2 * sureAfter)
	var r dumpReader
	r.read(home)
	r.last.names["mark"] = "" // as no dump has it
	if d := r.read(home); d.holds("mark") != yes {
		t.Error("the same dump was read again")
	}
	save(t, home, `[{"name":"web"}]`)
	if d := r.read(home); d.holds("web") != yes || d.holds("mark") != no {
		t.Errorf("names = %v, want web: the dump has changed", d.names)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if d := r.read(home); d.state != "missing" {
		t.Errorf("dump = %s, want missing", d.state)
	}
	save(t, home, `[{"name":"web"}]`)
	if d := r.read(home); d.state != "present" {
		t.Errorf("dump = %s, want present", d.state)
	}
}

func TestWhatRunsAgainstWhatIsSaved(t *testing.T) {
	l := lookNow(t, schemas.PM2{},
		pm2.App{Name: "web", ID: 0, Status: "online"}, pm2.App{Name: "web", ID: 1, Status: "online"},
		pm2.App{Name: "api", ID: 2, Status: "waiting restart"},
		pm2.App{Name: "idle", ID: 3, Status: "stopped"},
		pm2.App{Name: "pm2-logrotate", ID: 4, Status: "online", Module: is(true)},
		pm2.App{Name: "kept", ID: 5, Status: "online"},
	)
	l.dump = dump{state: "present", savedAt: l.at.Add(-time.Hour), entries: 3, names: map[string]string{"kept": "", "lost": "", "gone": ""}}
	var d schemas.Daemon
	l.readDumpInto(&d)
	if !slices.Equal(d.Unsaved, []string{"api", "web"}) || !slices.Equal(d.Unstarted, []string{"gone", "lost"}) {
		t.Errorf("unsaved = %v, unstarted = %v; want [api web], [gone lost]", d.Unsaved, d.Unstarted)
	}
	if deref(d.DumpAgeS) != int64(3600) || deref(d.SavedApps) != 3 {
		t.Errorf("dump_age_s = %v, saved_apps = %v; want 3600, 3", deref(d.DumpAgeS), deref(d.SavedApps))
	}
}

func TestNamesOfOneFactAreFew(t *testing.T) {
	var names []string
	for i := range 200 {
		names = append(names, string(rune('z'-i%26))+string(rune('a'+i/26)))
	}
	if got := few(names); len(got) != maxNames || !slices.IsSorted(got) {
		t.Errorf("%d names, want %d, sorted", len(got), maxNames)
	}
}
