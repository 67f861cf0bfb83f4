package pm2

import (
	"context"

	"rr/internal/pm2"
	"rr/schemas"
)

// Dumps are the backups of the dump.pm2 of a scope.
type Dumps interface {
	// Restorable tells whether one is good and differs from what is there now (nil
	// where nothing is), and which.
	Restorable(ctx context.Context, scope string, current []byte) (from string, found bool)

	// Apps tells what each that can be read holds, the newest first. It reads each
	// once.
	Apps(ctx context.Context, scope string) ([]Backup, error)
}

// Backup is what a backup of a dump.pm2 holds.
type Backup struct {
	From string
	Apps []pm2.SavedApp
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
	d.Restorable = no
	if from, found := (*backups).Restorable(ctx, c.Scope, current); found {
		d.Restorable, d.RestoreFrom = yes, from
	}
}
