package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
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
	scratch := filepath.Join(dir, copyFolder)
	if err := errors.Join(ClearCopy(dir), os.Mkdir(scratch, 0o700)); err != nil {
		return nil, fmt.Errorf("copy the journal: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	to := filepath.Join(scratch, fileName)
	if err := copyTo(ctx, path, to); err != nil {
		return nil, fmt.Errorf("copy the journal: %w", err)
	}

	return os.ReadFile(to)
}

// copyFolder is where a copy is made, in the journal's directory.
const copyFolder = "copy"

// ClearCopy removes what a copy has left that rr died in.
func ClearCopy(dir string) error { return os.RemoveAll(filepath.Join(dir, copyFolder)) }

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
