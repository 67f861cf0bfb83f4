package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/schemas"
)

// Drill is backup.drill: it restores the newest good backup of a set into a
// scratch folder, judges what came of it as a backup is judged, and remembers
// how long it took.
type Drill struct{ Stores Stores }

// rehearse drills in a folder of the set's own, which is emptied first: a drill
// that rr died in has left files there, which may be secret.
func rehearse(ctx context.Context, o *Opened, s backupsets.Set, b backup.Backup) (drill backup.Drill, err error) {
	scratch := filepath.Join(o.Scratch, s.Name)
	if err := errors.Join(os.RemoveAll(scratch), os.MkdirAll(scratch, 0o700)); err != nil {
		return backup.Drill{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	return s.Drill(ctx, o.Store, b, scratch)
}

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
	drill, err := rehearse(ctx, o, s, b)
	if err != nil {
		return "", err
	}
	if len(drill.Problems) > 0 {
		return "", fmt.Errorf("%s restores to what is not valid: %s", b.ID, strings.Join(drill.Problems, "; "))
	}

	return fmt.Sprintf("%s: %s, %d bytes in %s", b.ID, files(drill.Files), drill.Bytes, drill.Took.Round(1e6)), nil
}
