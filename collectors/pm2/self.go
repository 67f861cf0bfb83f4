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

// presence is where rr is as one look sees it.
type presence struct {
	app  string // whose marks rr carries, of this home; empty without marks
	line []int  // rr and what it descends from
}

// in finds rr among the processes of a home.
func (s Self) in(home string, table *procfs.Table) presence {
	p := presence{line: append(table.Ancestors(s.PID), s.PID)}
	if s.PM2Home != "" && resolve(s.PM2Home) == resolve(home) {
		p.app = s.App
	}

	return p
}

// under tells whether the daemon of the home started rr.
func (p presence) under(daemon int) bool {
	return p.app != "" || daemon > 1 && slices.Contains(p.line, daemon)
}

// inside tells whether rr runs in the tree of an app, or is an instance of it.
func (p presence) inside(app pm2.App) bool {
	return p.app != "" && p.app == app.Name || app.PID > 1 && slices.Contains(p.line, app.PID)
}

func resolve(path string) string {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return filepath.Clean(path)
	}

	return resolved
}
