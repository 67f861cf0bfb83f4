package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/schemas"
)

// Newest stands for the newest good backup that differs from what is there.
const Newest = "newest"

// Alive tells why the files of a set must not be put back now; nil where they
// may be. A PM2 daemon that runs would write its own list over a dump.
type Alive func(ctx context.Context, set string) error

// Restore is backup.restore: it puts back what a person named. Nothing asks for
// it but a person.
type Restore struct {
	Stores Stores
	Alive  Alive
}

// Act restores the backup, or file, that the action says in With.
func (v Restore) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	o, s, err := set(v.Stores, a.Target)
	if err != nil {
		return "", err
	}
	if err := v.Alive(ctx, s.Name); err != nil {
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	plan, passed, err := o.Plan(ctx, s, a.With)
	if err != nil {
		return "", err
	}
	if refused := plan.Refused(); len(refused) > 0 {
		return "", fmt.Errorf("%w: %s: %s", schemas.ErrRefused, refused[0].Target, refused[0].Refused)
	}
	done, err := o.Store.Restore(ctx, plan, backup.RestoreOptions{Apply: true})
	switch {
	case errors.Is(err, backup.ErrChanged), errors.Is(err, backup.ErrRefused):
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	case err != nil && len(done.Changed) == 0:
		return "", fmt.Errorf("nothing was changed: %w", err)
	case err != nil:
		return "", fmt.Errorf("%s restored, and what they replaced is %s; then: %w", files(len(done.Changed)), cmp.Or(done.Replaced, "nothing"), err)
	}
	note := fmt.Sprintf("%s: %s restored", plan.Backup.ID, files(len(done.Changed)))
	if done.Same > 0 {
		note += fmt.Sprintf(", %s so already", files(done.Same))
	}
	if done.Replaced != "" {
		note += "; what they replaced is " + done.Replaced
	}
	if len(passed) > 0 {
		note += "; passed over, since damaged: " + strings.Join(passed, ", ")
	}

	return note, nil
}

// Plan says what restoring would do: of the backup that is named, else of the
// newest that differs from what is there; of one file where a colon and its
// path follow. Newer ones that it passed over, since they are damaged, it names.
func (o *Opened) Plan(ctx context.Context, s backupsets.Set, with string) (plan backup.Plan, passed []string, err error) {
	name, path, _ := strings.Cut(with, ":")
	if name != Newest && name != "" {
		plan, err := o.planOf(ctx, s, name, path)
		if errors.Is(err, backup.ErrDamaged) {
			err = fmt.Errorf("%w; nothing was changed: rr backup list tells what else there is", err)
		}
		return plan, nil, err
	}
	all, err := o.Store.List(ctx, s.Name)
	if err != nil {
		return backup.Plan{}, nil, err
	}
	var nearest backup.Plan
	var newer []string
	for _, b := range slices.Backward(all) {
		if !wanted(b, path) {
			continue
		}
		if b.Damaged != "" {
			passed = append(passed, b.ID)
			continue
		}
		plan, err := o.planOf(ctx, s, b.ID, path)
		if errors.Is(err, backup.ErrDamaged) {
			passed = append(passed, b.ID) // Verify will tell
			continue
		}
		if err != nil {
			return backup.Plan{}, nil, err
		}
		if differs(plan) {
			return plan, passed, nil
		}
		if nearest.Backup.ID == "" {
			nearest, newer = plan, slices.Clone(passed)
		}
	}
	if nearest.Backup.ID == "" {
		return backup.Plan{}, passed, noGood(s.Name, len(passed))
	}

	return nearest, newer, nil
}

// wanted tells whether a backup may be picked: a good one, and for one file any
// in which that file is valid.
func wanted(b backup.Backup, path string) bool {
	if path == "" {
		return b.State == backup.Good
	}
	if len(b.Files) == 0 {
		return b.State == backup.Good
	}

	return slices.ContainsFunc(b.Files, func(e backup.Entry) bool { return e.Path == path && e.Problem == "" })
}

func (o *Opened) planOf(ctx context.Context, s backupsets.Set, id, path string) (backup.Plan, error) {
	b, err := o.Store.Get(ctx, id)
	if err != nil {
		return backup.Plan{}, err
	}
	roots, err := s.Places(ctx, b.Files)
	if err != nil {
		return backup.Plan{}, fmt.Errorf("plan a restore of %s: %w", id, err)
	}

	return o.Store.Plan(ctx, id, roots, func(name string) bool {
		return s.Left(roots, name) == "" && (path == "" || name == path)
	})
}

func differs(plan backup.Plan) bool {
	return slices.ContainsFunc(plan.Changes, func(c backup.Change) bool { return c.Kind != backup.Same })
}
