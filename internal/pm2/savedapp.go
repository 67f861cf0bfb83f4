package pm2

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// SavedApp is what is told of an entry of a dump without keeping it: whether it
// may be started, and whether another one would start the same. It holds no
// environment.
type SavedApp struct {
	Name     string
	Instance int // numbered as Instances numbers those of a list

	problem  string
	stopped  bool
	paths    []string // of what has to be there: folder, script, interpreter
	settings [sha256.Size]byte
}

// Apps tells of every entry, in the order of the dump.
func (d Dump) Apps() []SavedApp {
	listed := make([]App, len(d.Entries))
	for i, e := range d.Entries {
		listed[i] = App{ID: i, Name: e.Name, Instance: e.Instance}
	}
	instances := Instances(listed)
	apps := make([]SavedApp, len(d.Entries))
	for i, e := range d.Entries {
		apps[i] = e.saved(instances[i])
	}

	return apps
}

// FindApp finds an app by name and instance, and its place.
func FindApp(apps []SavedApp, name string, instance int) (at int, found bool) {
	at = slices.IndexFunc(apps, func(a SavedApp) bool { return a.Name == name && a.Instance == instance })

	return at, at >= 0
}

func (e DumpEntry) saved(instance int) SavedApp {
	a := SavedApp{Name: e.Name, Instance: instance, stopped: e.Status == "stopped", paths: []string{e.CWD, e.ExecPath}}
	if e.ExecMode != "cluster_mode" { // a cluster worker is run by the daemon's own node
		a.paths = append(a.paths, e.Interpreter)
	}
	if err := e.Problem(); err != nil {
		a.problem = err.Error()
	}
	if e.raw != nil {
		a.settings = settingsOf(e.raw.object)
	}

	return a
}

// Unfit tells why an app is none to start in place of what a dump holds now;
// empty where it is. elsewhere says that its paths are those of a container.
func (a SavedApp) Unfit(now []SavedApp, elsewhere bool) string {
	at, held := FindApp(now, a.Name, a.Instance)
	switch {
	case a.problem != "":
		return a.problem
	case held && now[at].settings == a.settings:
		return "it is the same as in dump.pm2"
	case a.stopped:
		return "it was saved as stopped"
	case elsewhere:
		return ""
	}
	if at := slices.IndexFunc(a.paths, Gone); at >= 0 {
		return a.paths[at] + " is gone"
	}

	return ""
}

// Gone tells whether nothing is at an absolute path.
func Gone(path string) bool {
	if !filepath.IsAbs(path) {
		return false
	}
	_, err := os.Stat(path)

	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// settingsOf sums up what an entry would start: all of it but what PM2 counts
// and notes at each start, which it has among the settings and, of some
// versions, among the variables too.
func settingsOf(object string) [sha256.Size]byte {
	settings, env := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	text := []byte(object) // what is no entry is the same as what has the same text
	if json.Unmarshal(text, &settings) == nil && json.Unmarshal(settings["env"], &env) == nil {
		forgetNotes(settings)
		forgetNotes(env)
		if of, err := json.Marshal(env); err == nil {
			settings["env"] = of
		}
		if all, err := json.Marshal(settings); err == nil {
			text = all
		}
	}

	return sha256.Sum256(text)
}

// forgetNotes leaves out what changes without anybody changing a setting, as it
// was seen to on PM2 5, 6 and 7 over a start anew and a restart by hand. PM2
// writes its own number of a process into the names of its files.
func forgetNotes(of map[string]json.RawMessage) {
	for key, value := range of {
		switch {
		case strings.HasPrefix(key, "axm_"), slices.Contains(noted(), key):
			delete(of, key)
		case strings.HasPrefix(key, "pm_") && strings.HasSuffix(key, "_path"):
			of[key] = json.RawMessage(unnumbered(string(value)))
		}
	}
}

// unnumbered is "/l/api-out.log" of "/l/api-out-3.log".
func unnumbered(path string) string {
	for _, end := range []string{`.log"`, `.pid"`} {
		if stem, is := strings.CutSuffix(path, end); is {
			if base := strings.TrimRight(stem, "0123456789"); base != stem && strings.HasSuffix(base, "-") {
				stem = strings.TrimSuffix(base, "-")
			}
			return stem + end
		}
	}

	return path
}

func noted() []string {
	return []string{
		"status", "created_at", "pm_uptime", "restart_time", "unstable_restarts", "prev_restart_delay", "exit_code", "restart_task",
		"unique_id", "version", "versioning", "node_version", "vizion_running", "command", "started_inside", "_tree_pids",
		"merge_logs", "filter_env", // which the pm2 command adds when somebody restarts an app
	}
}
