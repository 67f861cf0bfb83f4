package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Copy returns a copy of the journal in a directory, whole and as it is at one
// moment, also while an rr writes to it. It is made by SQLite itself (VACUUM
// INTO) beside the journal, checked from its first page to its last, read, and
// removed again. ErrNoJournal where there is none.
func Copy(ctx context.Context, dir string) (content []byte, err error) {
	path := filepath.Join(dir, fileName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoJournal
	}
	scratch, err := os.MkdirTemp(dir, copyFolder) // one for each: several are made at once
	if err != nil {
		return nil, fmt.Errorf("copy the journal: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	to := filepath.Join(scratch, fileName)
	if err := copyTo(ctx, path, to); err != nil {
		return nil, fmt.Errorf("copy the journal: %w", err)
	}

	return os.ReadFile(to)
}

// copyFolder is what the name of a folder begins with in which a copy is made,
// in the journal's directory.
const copyFolder = ".rr-copy-"

// ClearCopy removes what copies have left that rr died in. No copy is under way
// then.
func ClearCopy(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), copyFolder) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}

	return errors.Join(errs...)
}

func copyTo(ctx context.Context, from, to string) (err error) {
	db, err := openSQLite(from, 1, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "temp_store(MEMORY)"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return err
	}
	copied, err := connectStill(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	var verdict string
	if err := copied.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the copy is damaged: %s", verdict)
	}

	return nil
}
