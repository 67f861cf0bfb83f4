package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// source is where a Store reads from: connections to the file, and what has
// been decoded last.
type source struct {
	path    string
	beside  bool // read in the process that writes
	decoder decoder

	mu   sync.RWMutex // held for reading while db is used, for writing while it is replaced
	db   *sql.DB
	seen stamp  // the files as they were when db was made
	copy string // folder of a copy that db reads, to be removed
}

// stamp tells whether somebody began to write to a journal that was still.
type stamp struct {
	wal  bool
	size int64
	at   time.Time
}

// view does some reading, all of it of one moment.
func (r *source) view(ctx context.Context, do func(*sql.Tx) error) error {
	if r.beside {
		return viewOnce(ctx, r.db, do)
	}
	var err error
	for try := range viewTries {
		var again bool
		again, err = r.viewStamped(ctx, do, try > viewTries/2)
		if !again || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(try) * time.Millisecond)
	}

	return fmt.Errorf("%s changes too fast to be read: %w", r.path, err)
}

// viewTries bounds how often a writer may begin, end or recover under a reader
// before the reader gives up.
const viewTries = 20

// viewStamped reads where the files are as they were when the connections were
// made, and else makes new ones. A journal that nobody wrote to is read without
// any locking, so what was read counts only if that is still so afterwards.
func (r *source) viewStamped(ctx context.Context, do func(*sql.Tx) error, copied bool) (again bool, err error) {
	r.mu.RLock()
	before := stampOf(r.path)
	if r.db == nil || before != r.seen {
		r.mu.RUnlock()
		err := r.reopen(copied)

		return err == nil || isPassing(err), err
	}
	err = viewOnce(ctx, r.db, do)
	r.mu.RUnlock()

	if isPassing(err) {
		return true, errors.Join(err, r.reopen(copied))
	}

	return !before.wal && stampOf(r.path) != before, err
}

func viewOnce(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()

	return do(tx)
}

// stampOf looks at the files. While a journal is written to, its main file may
// change at any time and SQLite's own locks hold, so it is not looked at.
func stampOf(path string) stamp {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return stamp{wal: true}
	}
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}

	return stamp{size: info.Size(), at: info.ModTime()}
}

func (r *source) reopen(copied bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.drop(); err != nil {
		return err
	}
	r.seen = stampOf(r.path)
	db, err := r.connect(copied)
	if err != nil {
		return err
	}
	r.db = db

	return nil
}

func (r *source) connect(copied bool) (*sql.DB, error) {
	if !r.seen.wal {
		return connectStill(r.path)
	}
	if _, err := os.Stat(r.path + "-shm"); err == nil && !copied {
		return connectWAL(r.path)
	}

	return r.connectCopy()
}

// connectCopy reads a copy of a journal whose write-ahead log has no index, or
// none that can be used: SQLite would have to write one.
func (r *source) connectCopy() (*sql.DB, error) {
	dir, err := os.MkdirTemp("", "rr-journal-")
	if err != nil {
		return nil, fmt.Errorf("copy journal: %w", err)
	}
	r.copy = dir
	path := filepath.Join(dir, fileName)
	before := fileTimes(r.path)
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(path+suffix, r.path+suffix); err != nil {
			return nil, fmt.Errorf("copy journal: %w", err)
		}
	}

	if fileTimes(r.path) != before {
		return nil, fmt.Errorf("copy journal: %w", errChanged)
	}

	return connectBeside(path)
}

func (r *source) drop() error {
	var err error
	if r.db != nil {
		err = r.db.Close()
		r.db = nil
	}
	if r.copy != "" {
		err = errors.Join(err, os.RemoveAll(r.copy))
		r.copy = ""
	}

	return err
}

func (r *source) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.beside {
		return r.db.Close()
	}

	return r.drop()
}

// errChanged says that somebody wrote to a journal while it was copied.
var errChanged = errors.New("it changed meanwhile")

// isPassing tells what a reader meets while a writer begins, ends or recovers.
func isPassing(err error) bool {
	if errors.Is(err, errChanged) || errors.Is(err, fs.ErrNotExist) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_BUSY:
		return true
	}

	return false
}

// fileTimes tells when a journal and its log were last written to.
func fileTimes(path string) [2]time.Time {
	var times [2]time.Time
	for i, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			times[i] = info.ModTime()
		}
	}

	return times
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}

	return err == nil, err
}
