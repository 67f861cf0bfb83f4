package pm2

import (
	"context"

	"rr/internal/pm2"
	"rr/schemas"
)

// Dumps tells whether there is a backup of a dump.pm2 that is good and differs
// from what is there now (nil where nothing is), and which.
type Dumps interface {
	Restorable(ctx context.Context, scope string, current []byte) (from string, found bool)
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
