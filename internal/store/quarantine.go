package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A new journal is made under newSuffix, renamed to readySuffix once it is
// whole and on disk, and only then takes its place. So it is there whole or not
// at all, and a swap that was cut short is finished by the next Open.
const (
	newSuffix   = ".new"
	readySuffix = ".ready"
)

// sides returns the suffixes of the files that are a journal.
func sides() []string { return []string{"", "-wal", "-shm"} }

// create makes a journal where there is none. A write-ahead log without its
// journal is put aside: SQLite would pour it into the new one.
func (o *opener) create(ctx context.Context) (*sql.DB, error) {
	orphan, err := exists(o.path + "-wal")
	if err != nil {
		return nil, err
	}
	if orphan {
		return o.replace(ctx, errors.New("its write-ahead log is there without it"))
	}
	if err := o.build(ctx, func(*sql.DB) error { return nil }); err != nil {
		return nil, err
	}
	if err := o.finishSwap(); err != nil {
		return nil, err
	}

	return connect(o.path)
}

// replace puts a damaged journal aside and begins a new one with what can be
// read of it.
func (o *opener) replace(ctx context.Context, reason error) (*sql.DB, error) {
	o.opened.Reason = reason.Error()
	err := o.build(ctx, func(db *sql.DB) error {
		lost, err := salvage(ctx, o.path, db)
		o.opened.Lost = lost

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("replace it, for it is damaged (%w): %w", reason, err)
	}
	if err := o.finishSwap(); err != nil {
		return nil, fmt.Errorf("replace it, for it is damaged (%w): %w", reason, err)
	}
	if err := o.clear(); err != nil {
		return nil, err
	}

	return connect(o.path)
}

// build makes a new journal, lets fill fill it, and leaves it ready.
func (o *opener) build(ctx context.Context, fill func(*sql.DB) error) error {
	path := o.path + newSuffix
	for _, side := range sides() {
		if err := os.Remove(path + side); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := o.buildIn(ctx, path, fill); err != nil {
		return err
	}
	if err := syncFile(path); err != nil {
		return err
	}
	if err := os.Rename(path, o.path+readySuffix); err != nil {
		return err
	}

	return syncDir(o.path)
}

func (o *opener) buildIn(ctx context.Context, path string, fill func(*sql.DB) error) (err error) {
	db, err := connect(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	for _, pragma := range []string{
		`PRAGMA auto_vacuum = INCREMENTAL`,
		`PRAGMA journal_mode = WAL`,
		fmt.Sprintf(`PRAGMA application_id = %d`, applicationID),
	} {
		if _, err := db.ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	if err := migrate(ctx, db, 0, o.steps, o.opts.RR, o.opts.Now()); err != nil {
		return err
	}
	if err := fill(db); err != nil {
		return err
	}
	var busy, log, done int

	return db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done)
}

// finishSwap puts a journal that is ready in its place, and what was there
// aside.
func (o *opener) finishSwap() error {
	ready, err := exists(o.path + readySuffix)
	if err != nil || !ready {
		return err
	}
	if err := o.setAside(); err != nil {
		return err
	}
	if err := os.Rename(o.path+readySuffix, o.path); err != nil {
		return err
	}

	return syncDir(o.path)
}

// setAside renames what there is of a damaged journal. Nothing is deleted.
func (o *opener) setAside() error {
	aside, err := freeName(o.path + ".corrupt-" + stampName(o.opts.Now()))
	if err != nil {
		return err
	}
	for _, side := range sides() {
		err := os.Rename(o.path+side, aside+side)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		o.opened.Quarantined = aside
	}

	return nil
}

// freeName returns name, or name with a number, so that no file is overwritten.
func freeName(name string) (string, error) {
	for n := 1; ; n++ {
		candidate := name
		if n > 1 {
			candidate = fmt.Sprintf("%s.%d", name, n)
		}
		matches, err := filepath.Glob(escapeGlob(candidate) + "*")
		if err != nil || len(matches) == 0 {
			return candidate, err
		}
	}
}

func escapeGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

func stampName(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}

	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes the names in a file's folder survive a power cut.
func syncDir(path string) error {
	f, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}

	return errors.Join(f.Sync(), f.Close())
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)

	return errors.Join(err, out.Close())
}
