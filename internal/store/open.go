package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// fileName is the journal within the state directory.
const fileName = "rr.db"

// suspectSuffix names the empty file that says that damage was met in a
// journal, so that the next Open looks at all of it.
const suspectSuffix = ".suspect"

// probeWindow is how far back Open reads to see that a journal can be
// remembered from.
const probeWindow = 24 * time.Hour

// Options of Open. A zero field has a default.
type Options struct {
	RR  string           // version of rr, told in the journal's history of migrations
	Now func() time.Time // wall clock, for the names of what is put aside
}

// Opened says what Open had to do. It is to be told to whoever runs rr.
type Opened struct {
	Quarantined string // where a damaged journal is now, empty where there was none
	Reason      string // what was wrong with it
	Lost        bool   // attempts in it could not be read: budgets count as spent (Memory.LostMS)
	Migrated    int    // version that the journal had, 0 where nothing was migrated
	Copy        string // where the journal is as it was before its migration
}

// Open opens the journal of a state directory for writing, and makes both where
// there is none. It takes the lock (ErrLocked), brings an older journal to this
// version after it has put a copy aside, refuses a newer one (ErrNewer), and
// puts a damaged one aside: the new one then holds what could be read of it.
func Open(dir string, opts Options) (*Store, Opened, error) {
	return open(dir, opts, migrations())
}

func open(dir string, opts Options, steps []string) (*Store, Opened, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, Opened{}, fmt.Errorf("open journal: %w", err)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, Opened{}, fmt.Errorf("open journal: %w", err)
	}
	o := opener{path: filepath.Join(dir, fileName), opts: opts, steps: steps}
	db, err := o.open(context.Background())
	if err != nil {
		lock.Close()
		return nil, o.opened, fmt.Errorf("open journal %s: %w", o.path, roomless(dir, err))
	}
	read, err := connectBeside(o.path)
	if err != nil {
		db.Close()
		lock.Close()
		return nil, o.opened, fmt.Errorf("open journal %s: %w", o.path, err)
	}

	file, err := os.Stat(o.path)
	if err != nil {
		return nil, o.opened, errors.Join(fmt.Errorf("open journal: %w", err), read.Close(), db.Close(), lock.Close())
	}

	return &Store{
		lock:  lock,
		db:    db,
		file:  file,
		read:  &source{path: o.path, beside: true, db: read},
		codec: &codec{},
	}, o.opened, nil
}

// roomless says of an error that the disk is full, where it is: to SQLite that is
// an I/O error like any other.
func roomless(dir string, err error) error {
	var disk unix.Statfs_t
	if unix.Statfs(dir, &disk) != nil || !full(disk) {
		return err
	}

	return fmt.Errorf("%w: %w: nothing is done that cannot be recorded; make room on the disk of %s", err, unix.ENOSPC, dir)
}

// full tells whether nothing more goes onto a disk. One that counts no inodes,
// as btrfs, says that it has none at all.
func full(disk unix.Statfs_t) bool {
	const enough = 64 << 10 // for the index of the write-ahead log, and a page or two

	return disk.Bavail*uint64(disk.Bsize) < enough || disk.Files > 0 && disk.Ffree == 0
}

// OpenRead opens the journal of a state directory for reading, beside a rr that
// writes it or without one. It takes no lock and writes nothing there.
func OpenRead(dir string) (*Store, error) {
	path := filepath.Join(dir, fileName)
	there, err := exists(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if !there {
		return nil, fmt.Errorf("%s: %w", path, ErrNoJournal)
	}

	s := &Store{read: &source{path: path}}
	if err := s.checkReadable(context.Background()); err != nil {
		s.Close()
		return nil, fmt.Errorf("open journal %s: %w", path, err)
	}

	return s, nil
}

func (s *Store) checkReadable(ctx context.Context) error {
	var found int
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		found, err = version(ctx, tx)

		return err
	})
	if err != nil {
		return err
	}
	known := len(migrations())
	if found < known {
		return fmt.Errorf("version %d, and this rr reads version %d: %w; rr run migrates it", found, known, ErrOlder)
	}

	return refuseNewer(found, known)
}

func refuseNewer(found, known int) error {
	if found <= known {
		return nil
	}

	return fmt.Errorf("version %d, and this rr knows versions up to %d: %w", found, known, ErrNewer)
}

// opener is one Open on its way.
type opener struct {
	path   string
	opts   Options
	steps  []string
	opened Opened
}

func (o *opener) open(ctx context.Context) (*sql.DB, error) {
	if err := o.finishSwap(); err != nil {
		return nil, err
	}
	if o.opened.Quarantined != "" {
		o.opened.Reason = "an earlier start had begun to replace it"
	}
	there, err := exists(o.path)
	if err != nil {
		return nil, err
	}
	if !there {
		return o.create(ctx)
	}

	db, err := o.openExisting(ctx)
	if err == nil || !isDamage(err) {
		return db, err
	}

	return o.replace(ctx, err)
}

// openExisting opens a journal that is there. Where it is damaged the error
// isDamage.
func (o *opener) openExisting(ctx context.Context) (_ *sql.DB, err error) {
	info, err := os.Stat(o.path)
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, fmt.Errorf("the file is empty: %w", ErrDamaged)
	}
	if err := os.Chmod(o.path, 0o600); err != nil {
		return nil, err
	}
	suspect, err := o.suspect()
	if err != nil {
		return nil, err
	}
	db, err := connect(o.path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()

	found, err := dbVersion(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := refuseNewer(found, len(o.steps)); err != nil {
		return nil, err
	}
	if err := check(ctx, db, suspect || found < len(o.steps)); err != nil {
		return nil, err
	}
	if err := o.migrateExisting(ctx, db, found); err != nil {
		return nil, err
	}

	memory, err := probe(ctx, db)
	if err != nil {
		return nil, err
	}
	if o.opened.Quarantined != "" {
		o.opened.Lost = memory.LostMS != nil
	}

	return db, o.clear()
}

// suspect returns whether a journal was left in a way that calls for a look at
// every page: its holder was killed or the power went, or damage was met.
func (o *opener) suspect() (bool, error) {
	if info, err := os.Stat(o.path + "-wal"); err == nil && info.Size() > 0 {
		return true, nil
	}

	return exists(o.path + suspectSuffix)
}

// clear takes back what suspect found.
func (o *opener) clear() error {
	err := os.Remove(o.path + suspectSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}

func (o *opener) migrateExisting(ctx context.Context, db *sql.DB, found int) error {
	if found == len(o.steps) {
		return nil
	}
	now := o.opts.Now()
	copied := fmt.Sprintf("%s.v%d-%s", o.path, found, stampName(now))
	if err := keepCopy(ctx, db, copied); err != nil {
		return err
	}
	o.opened.Migrated, o.opened.Copy = found, copied

	return migrate(ctx, db, found, o.steps, o.opts.RR, now)
}

// check looks at every page of a journal that is suspect, which takes a second
// for each few hundred MB; of one that was closed well at those that budgets
// are counted from, and at those that the next turn goes to.
func check(ctx context.Context, db *sql.DB, suspect bool) error {
	if suspect {
		return quickCheck(ctx, db, "1")
	}
	for _, table := range []string{"migration", "latest", "attempt", "incident", "fall", "standing", "bundle"} {
		if err := quickCheck(ctx, db, table); err != nil {
			return err
		}
	}

	return rehearse(ctx, db)
}

// quickCheck lets SQLite look at a table, or for a number at all of the file.
func quickCheck(ctx context.Context, db *sql.DB, what string) error {
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(`+what+`)`).Scan(&found); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("check: %w: %s", ErrDamaged, found)
	}

	return nil
}

// rehearse writes a record where the next one goes, and takes it back.
func rehearse(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()

	const last = `(SELECT ifnull(max(turn), 0) FROM record)`
	for _, statement := range []string{
		`INSERT INTO record (turn, at, clock_ms, status, confidence, mode, findings, actions, withheld, errors)
			SELECT ` + last + ` + 1, 0, 0, '', 0, '', 0, 0, 0, 0`,
		`INSERT INTO body (turn, base, data) SELECT ` + last + `, 0, zeroblob(8192)`,
		`INSERT INTO health (series, step, at, clock_ms, min, sum, count) VALUES ('overall', 0, 0, 0, 0, 0, 0)`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}

	return nil
}

// probe reads what the runner will read.
func probe(ctx context.Context, db *sql.DB) (Memory, error) {
	var memory Memory
	err := viewOnce(ctx, db, func(tx *sql.Tx) error {
		var err error
		memory, err = readMemory(ctx, tx, probeWindow)

		return err
	})

	return memory, err
}
