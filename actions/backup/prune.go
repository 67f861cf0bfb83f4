package backup

import (
	"context"
	"fmt"

	"rr/internal/backupsets"
	"rr/schemas"
)

// Prune is backup.prune: it lets go of what the configuration does not keep, in
// all sets.
type Prune struct{ Stores Stores }

// Act prunes.
func (v Prune) Act(ctx context.Context, _ schemas.Action, _ schemas.Snapshot) (string, error) {
	o, err := v.Stores.Open()
	if err != nil {
		return "", err
	}
	verdicts, err := o.Store.Prune(ctx, backupsets.Policy(o.Config))
	gone := 0
	for _, v := range verdicts {
		if !v.Keep {
			gone++
		}
	}

	return fmt.Sprintf("%d removed, %d kept", gone, len(verdicts)-gone), err
}
