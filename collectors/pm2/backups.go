package pm2

import (
	"context"
	"crypto/sha256"
	"slices"

	"rr/internal/pm2"
	"rr/schemas"
)

// Dumps are the backups of the dump.pm2 of a scope.
type Dumps interface {
	// Apps tells what each holds, the newest first. It reads each once, and waits
	// for no disk that hangs.
	Apps(ctx context.Context, scope string) ([]Backup, error)
}

// Backup is what a backup of a dump.pm2 holds.
type Backup struct {
	From   string
	Apps   []pm2.SavedApp
	Sum    [sha256.Size]byte // of its dump.pm2
	Starts bool              // it would start something
	Closed bool              // nothing here opens it
}

// Remember has backups looked into from the next look on; nil ends that.
func (c *Collector) Remember(d Dumps) { c.backups.Store(&d) }

// restorableInto tells whether a dead daemon could be brought back from a
// backup. While one serves its own list is better than any.
func (c *Collector) restorableInto(ctx context.Context, l *look, d *schemas.Daemon) {
	d.Restorable = unknown
	backups := c.backups.Load()
	if l.status.State != pm2.Dead || backups == nil {
		return
	}
	if *backups == nil {
		d.Restorable = no
		return
	}
	current, err := pm2.DumpText(c.Home)
	if err != nil {
		return
	}
	held, err := (*backups).Apps(ctx, c.Scope)
	if err != nil {
		return
	}
	d.Restorable = noneOf(held)
	for _, backup := range held {
		if backup.Starts && (current == nil || backup.Sum != sha256.Sum256(current)) {
			d.Restorable, d.RestoreFrom = yes, backup.From
			return
		}
	}
}

// noneOf is what backups that hold nothing come to: no, or unknown where one of
// them cannot be opened here.
func noneOf(held []Backup) string {
	if slices.ContainsFunc(held, func(b Backup) bool { return b.Closed }) {
		return unknown
	}

	return no
}
