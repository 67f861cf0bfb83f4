package backup

import (
	"context"
	"fmt"
	"os"
	"strings"

	"rr/schemas"
)

// Drill is backup.drill: it restores the newest good backup of a set into a
// scratch folder, judges what came of it as a backup is judged, and remembers
// how long it took.
type Drill struct{ Stores Stores }

// Act practises.
func (v Drill) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	o, s, err := set(v.Stores, a.Target)
	if err != nil {
		return "", err
	}
	b, err := o.NewestGood(ctx, s.Name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(o.Scratch, 0o700); err != nil {
		return "", err
	}
	drill, err := s.Drill(ctx, o.Store, b, o.Scratch)
	if err != nil {
		return "", err
	}
	if len(drill.Problems) > 0 {
		return "", fmt.Errorf("%s restores to what is not valid: %s", b.ID, strings.Join(drill.Problems, "; "))
	}

	return fmt.Sprintf("%s: %d files, %d bytes in %s", b.ID, drill.Files, drill.Bytes, drill.Took.Round(1e6)), nil
}
