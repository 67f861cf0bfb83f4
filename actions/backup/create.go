package backup

import (
	"context"
	"errors"

	"rr/internal/backup"
	"rr/schemas"
)

// Create is backup.create: it backs a set up. What it reports was read back
// from disk.
type Create struct{ Stores Stores }

// Act backs the set up.
func (v Create) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	o, s, err := set(v.Stores, a.Target)
	if err != nil {
		return "", err
	}
	_, note, err := o.Take(ctx, s)
	if errors.Is(err, backup.ErrEmpty) {
		return note, nil
	}

	return note, err
}
