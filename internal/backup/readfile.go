package backup

import (
	"context"
	"fmt"
	"io"
)

// ReadFile gives one file of a backup, after all of the backup was verified.
// ErrNone when it does not hold the file.
func (s *Store) ReadFile(ctx context.Context, id, path string) ([]byte, error) {
	b, err := s.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read %s of %w", path, err)
	}
	var content []byte
	found := false
	_, err = s.read(ctx, b, func(e Entry, r io.Reader) error {
		if e.Path != path {
			return nil
		}
		found = true
		content, err = io.ReadAll(r)

		return err
	})
	if err == nil && !found {
		err = ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of backup %s: %w", path, id, err)
	}

	return content, nil
}

// Path is where the archive of a backup is.
func (s *Store) Path(b Backup) string { return s.path(b) }
