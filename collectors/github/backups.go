package github

import "context"

// Backups tells whether there is a backup of a file of a checkout that is valid
// and differs from what is there now (nil where nothing is), and which.
type Backups interface {
	Restorable(ctx context.Context, scope, name string, current []byte) (from string, found bool)
}

// Remember has backups looked into from the next look on, before git; nil ends
// that.
func (d *Definitions) Remember(b Backups) { d.backups.Store(&b) }

// restorable looks for a valid version of a file that is invalid, or missing
// where f is nil: in backups, else in git.
func (d *Definitions) restorable(ctx context.Context, name string, f *file) (is, from string) {
	var current []byte
	if f != nil {
		current = f.content
	}
	if b := d.backups.Load(); b != nil && *b != nil {
		if from, found := (*b).Restorable(ctx, d.Scope, folder+"/"+name, current); found {
			return "yes", from
		}
	}

	return d.past.restorable(ctx, name, f)
}
