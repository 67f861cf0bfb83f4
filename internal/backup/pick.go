package backup

import (
	"context"
	"errors"
	"fmt"
)

// Pick gives the newest good backup of a set whose content is not this one (see
// Backup.Content; empty where it is not known), and that is not known to be
// damaged. ErrNone when there is none.
func (s *Store) Pick(ctx context.Context, set, content string) (Backup, error) {
	x, err := s.load(ctx, set)
	if err != nil {
		return Backup{}, fmt.Errorf("pick a backup of %s: %w", set, err)
	}
	b := x.newest(func(b Backup) bool {
		return b.State == Good && b.Damaged == "" && (content == "" || b.Content != content)
	})
	if b == nil {
		return Backup{}, fmt.Errorf("pick a backup of %s: %w: none of %d is good and differs", set, ErrNone, len(x.Backups))
	}

	return *b, nil
}

// PickFile gives the newest backup of a set in which a file is valid and has
// another sha256 than this one (empty where the file is not there now), and what
// the file is there. That can be evidence: what is wrong with it is then another
// file. ErrNone when there is none.
func (s *Store) PickFile(ctx context.Context, set, path, sha256 string) (Backup, Entry, error) {
	b, e, err := s.pickFile(ctx, set, path, sha256)
	if err != nil {
		return Backup{}, Entry{}, fmt.Errorf("pick a backup of %s in %s: %w", path, set, err)
	}

	return b, e, nil
}

func (s *Store) pickFile(ctx context.Context, set, path, sha256 string) (Backup, Entry, error) {
	x, err := s.load(ctx, set)
	if err != nil {
		return Backup{}, Entry{}, err
	}
	closed := 0
	for i := len(x.Backups) - 1; i >= 0; i-- {
		b := x.Backups[i]
		if b.Damaged != "" || b.State != Good && b.State != Evidence {
			continue
		}
		files, err := s.files(ctx, b)
		if errors.Is(err, ErrNoIdentity) {
			closed++
			continue
		}
		if errors.Is(err, ErrDamaged) {
			continue // Verify will tell
		}
		if err != nil {
			return Backup{}, Entry{}, err
		}
		for _, e := range files {
			if e.Path == path && e.Problem == "" && e.SHA256 != sha256 {
				return b, e, nil
			}
		}
	}
	if closed > 0 {
		return Backup{}, Entry{}, fmt.Errorf("%w in the index, and %d cannot be looked into: %w", ErrNone, closed, ErrNoIdentity)
	}

	return Backup{}, Entry{}, fmt.Errorf("%w: none of %d has it valid and different", ErrNone, len(x.Backups))
}

// files are those of the index, or those of the manifest where the index has
// none.
func (s *Store) files(ctx context.Context, b Backup) ([]Entry, error) {
	if len(b.Files) > 0 {
		return b.Files, nil
	}
	m, err := s.read(ctx, b, nil)

	return m.Files, err
}
