package netlify

import (
	"context"

	"rr/internal/lastgood"
)

// Backups tells whether there is a backup of a file of a site's folder that was
// valid and differs from what is there now (nil where nothing is), and which.
type Backups interface {
	Restorable(ctx context.Context, scope, name string, current []byte) (from string, found bool)
}

// Remember has backups looked into from the next look on, before git; nil ends
// that.
func (s *Source) Remember(b Backups) { s.backups.Store(&b) }

// restorable looks for a valid version of what a function is broken by, or
// missing for: in backups, else in git.
func (s *Source) restorable(ctx context.Context, name string, budget *int) (is, from string) {
	if from, found := s.kept(ctx, name); found {
		return "yes", from
	}

	return s.past.restorable(ctx, s.found, name, budget)
}

func (s *Source) kept(ctx context.Context, name string) (from string, found bool) {
	b := s.backups.Load()
	if b == nil || *b == nil {
		return "", false
	}
	files, err := lastgood.Site{Dir: s.Dir, Found: s.found}.Files(name)
	if err != nil {
		return "", false // nothing of it is in one file
	}
	for _, broken := range files {
		if from, found := (*b).Restorable(ctx, s.Scope, broken.File, broken.Content); found {
			return from, true
		}
	}

	return "", false
}
