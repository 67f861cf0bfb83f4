package pm2

import (
	"context"
	"path/filepath"

	"rr/internal/pm2"
	"rr/schemas"
)

// savedApps are the apps of dump.pm2, read when one is to be compared with those
// of backups, and only when it has changed.
type savedApps struct {
	stamp stamp
	apps  []pm2.SavedApp
	known bool
}

// restorableApps tells of every process that could be started from a backup
// whether it can. Backups are asked once, and only where there is such a process:
// a healthy fleet costs nothing.
func (c *Collector) restorableApps(ctx context.Context, l *look, facts map[schemas.ID]schemas.Process) {
	var held []Backup
	asked, state := false, no
	for id, p := range facts {
		p.Restorable = no
		if isLost(p.State) {
			if !asked {
				asked = true
				held, state = c.savedIn(ctx)
			}
			p.Restorable, p.RestoreFrom = c.restorableApp(l, p, held, state)
		}
		facts[id] = p
	}
}

// isLost tells of which states the last rung is to start a process from a
// backup.
func isLost(state string) bool {
	switch state {
	case schemas.ProcessMissing, schemas.ProcessErrored, schemas.ProcessHiddenErrored, schemas.ProcessPhantom, schemas.ProcessCrashLoop:
		return true
	}

	return false
}

// savedIn asks the backups; where there are none to choose from the state says
// why.
func (c *Collector) savedIn(ctx context.Context) (held []Backup, state string) {
	backups := c.backups.Load()
	if backups == nil {
		return nil, unknown
	}
	if *backups == nil {
		return nil, no
	}
	held, err := (*backups).Apps(ctx, c.Scope)
	if err != nil {
		return nil, unknown
	}

	return held, noneOf(held)
}

// restorableApp finds the newest backup that holds a process as it could be
// started, and otherwise than dump.pm2 does. The act chooses in the same way,
// since a ladder would stand still at an act that is refused for ever.
func (c *Collector) restorableApp(l *look, p schemas.Process, held []Backup, state string) (is, from string) {
	for _, backup := range held {
		at, found := pm2.FindApp(backup.Apps, p.Name, p.Instance)
		if found && backup.Apps[at].Unfit(c.savedApps.read(c.Home), l.elsewhere) == "" {
			return yes, backup.From
		}
	}

	return state, ""
}

func (s *savedApps) read(home string) []pm2.SavedApp {
	now := stampOf(filepath.Join(home, "dump.pm2"))
	if s.known && now == s.stamp {
		return s.apps
	}
	*s = savedApps{stamp: now, known: now.sure()}
	if dump, err := pm2.ReadDump(home); err == nil {
		s.apps = dump.Apps()
	}

	return s.apps
}
