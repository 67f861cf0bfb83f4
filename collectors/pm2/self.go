package pm2

import (
	"os"
	"path/filepath"
	"slices"

	"rr/internal/pm2"
	"rr/internal/procfs"
)

// Self is how rr knows itself among the processes: by its pid, and by the marks
// that PM2 leaves in the environment of what it starts, which stay when the
// daemon is gone.
type Self struct {
	PID     int
	PM2Home string // empty where PM2 did not start rr
	App     string
}

// FindSelf returns what rr is to PM2.
func FindSelf(getenv func(string) string) Self {
	self := Self{PID: os.Getpid()}
	if getenv("pm_id") != "" && getenv("name") != "" {
		self.PM2Home, self.App = getenv("PM2_HOME"), getenv("name")
	}

	return self
}

// under tells whether the daemon of a home started rr.
func (s Self) under(home string, daemon int, table *procfs.Table) bool {
	return s.home(home) || daemon > 1 && slices.Contains(table.Ancestors(s.PID), daemon)
}

// inside tells whether rr runs in the tree of an app, or is an instance of it.
func (s Self) inside(home string, app pm2.App, table *procfs.Table) bool {
	if s.home(home) && s.App == app.Name {
		return true
	}

	return app.PID > 1 && (app.PID == s.PID || slices.Contains(table.Ancestors(s.PID), app.PID))
}

func (s Self) home(home string) bool {
	return s.PM2Home != "" && resolve(s.PM2Home) == resolve(home)
}

func resolve(path string) string {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return filepath.Clean(path)
	}

	return resolved
}
