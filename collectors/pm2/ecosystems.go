package pm2

import (
	"path/filepath"
	"strings"

	"rr/internal/ecosystem"
	"rr/schemas"
)

// ecosystems makes the facts of the configured ecosystem files.
func (c *Collector) ecosystems(l *look) map[schemas.ID]schemas.Ecosystem {
	facts := make(map[schemas.ID]schemas.Ecosystem, len(l.files))
	for _, file := range l.files {
		id := schemas.NewID("pm2", c.Scope, "ecosystem", filepath.Base(file.path), 0)
		if _, taken := facts[id]; taken {
			id = schemas.NewID("pm2", c.Scope, "ecosystem", strings.TrimPrefix(file.path, "/"), 0)
		}
		facts[id] = schemas.Ecosystem{
			Path: file.path, State: file.state, Note: file.note,
			Apps: len(file.apps), Unstarted: l.unstarted(file.apps),
		}
	}

	return facts
}

// unstarted are the apps of an ecosystem file that the daemon does not know.
func (l *look) unstarted(apps []ecosystem.App) []string {
	if l.listError != nil {
		return nil
	}
	known := namesOf(l.apps)
	var names []string
	for _, app := range apps {
		if app.Name != "" && !known[app.Name] && watches(l.config.PM2, app.Name, app.Namespace) {
			names = append(names, app.Name)
		}
	}

	return few(names)
}
