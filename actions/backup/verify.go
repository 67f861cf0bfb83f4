package backup

import (
	"context"
	"errors"
	"fmt"

	"rr/internal/backup"
	"rr/schemas"
)

// Verify is backup.verify: it reads every backup of a set again, also what
// restores replaced, here and in the mirror, and remembers what is damaged.
type Verify struct{ Stores Stores }

// Act verifies the set.
func (v Verify) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	o, s, err := set(v.Stores, a.Target)
	if err != nil {
		return "", err
	}
	note, err := verifyAll(ctx, o.Store, s.Name)
	if err != nil || o.Mirror == "" {
		return note, err
	}
	mirror, err := o.Store.OpenMirror(o.Mirror)
	if err != nil {
		return note, err
	}
	mirrored, err := verifyAll(ctx, mirror, s.Name)

	return note + "; mirror: " + mirrored, err
}

// verifyAll verifies every backup of a set, also after one that is damaged.
func verifyAll(ctx context.Context, store *backup.Store, name string) (string, error) {
	all, err := store.List(ctx, name)
	if err != nil {
		return "", err
	}
	replaced, err := store.List(ctx, backup.ReplacedBy(name))
	if err != nil {
		return "", err
	}
	all = append(all, replaced...)
	whole, hashed := 0, 0
	var errs []error
	for _, b := range all {
		switch err := store.Verify(ctx, b.ID); {
		case errors.Is(err, backup.ErrNoIdentity):
			hashed++
		case err != nil:
			errs = append(errs, err)
		default:
			whole++
		}
	}
	note := fmt.Sprintf("%d of %d backups are whole", whole, len(all))
	if hashed > 0 {
		note = fmt.Sprintf("the bytes of %d of %d backups are right; nothing here opens them", whole+hashed, len(all))
	}

	return note, errors.Join(errs...)
}
