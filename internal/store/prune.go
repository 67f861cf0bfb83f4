package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"rr/schemas"
)

// Keep says what Prune must leave.
type Keep struct {
	For     time.Duration // everything younger, on rr's clock
	MaxSize int64         // bytes on disk; 0: any size
	Window  time.Duration // attempts and falls younger than it, whatever their size
}

// Pruned says what Prune removed.
type Pruned struct {
	Records   int64
	Attempts  int64
	Incidents int64
	Falls     int64
	Events    int64
	Health    int64
	Bundles   int64
	Size      int64 // bytes on disk afterwards
}

const (
	// After a prune by size there is room until the next one.
	lowWater = 90 // percent of MaxSize
	// Prune works in small transactions, so that a turn need not wait for it.
	pruneBatch  = 500 // records
	vacuumBatch = 500 // pages
)

// Prune removes what is older than keep.For, then the oldest records until the
// journal is no larger than keep.MaxSize, and gives the room back to the disk.
// It never removes an open incident, its attempts, an attempt that is pending
// or within the window, the last record, a record that a younger one is
// compressed against, or a bundle that is referred to. Minutes of health that
// are older than two days become hours.
func (s *Store) Prune(ctx context.Context, now schemas.Moment, keep Keep) (Pruned, error) {
	if s.db == nil {
		return Pruned{}, fmt.Errorf("prune journal: %w", ErrReadOnly)
	}
	var pruned Pruned
	err := s.prune(ctx, now, keep, &pruned)
	if err != nil {
		return pruned, fmt.Errorf("prune journal: %w", err)
	}

	return pruned, nil
}

func (s *Store) prune(ctx context.Context, now schemas.Moment, keep Keep, pruned *Pruned) error {
	cut := now.ClockMS - keep.For.Milliseconds()
	if err := s.pruneRecords(ctx, cut, pruned); err != nil {
		return err
	}
	if err := s.pruneRest(ctx, now, min(cut, now.ClockMS-keep.Window.Milliseconds()), pruned); err != nil {
		return err
	}
	if err := s.pruneToSize(ctx, keep.MaxSize, pruned); err != nil {
		return err
	}
	if err := s.pruneBundles(ctx, pruned); err != nil {
		return err
	}
	if err := s.shrink(ctx); err != nil {
		return err
	}
	var err error
	pruned.Size, err = s.Size()

	return err
}

// pruneRecords removes records from before a time on rr's clock.
func (s *Store) pruneRecords(ctx context.Context, cutMS int64, pruned *Pruned) error {
	for {
		n, err := s.deleteRecords(ctx, `SELECT turn FROM (SELECT turn, clock_ms FROM record ORDER BY turn LIMIT ?1) WHERE clock_ms < ?2`, pruneBatch, cutMS)
		if err != nil {
			return err
		}
		pruned.Records += n
		if n == 0 {
			return nil
		}
	}
}

// deleteRecords removes the records that a query selects, but the last one and
// what is needed to read those that stay: the base of the first of them. Bases
// follow the order of turns, so no older one is needed.
func (s *Store) deleteRecords(ctx context.Context, selected string, args ...any) (int64, error) {
	return s.remove(ctx, `DELETE FROM record WHERE turn IN (`+selected+`)
		AND turn < (SELECT max(turn) FROM record)
		AND turn NOT IN (SELECT base FROM body
			WHERE turn >= min((SELECT max(turn) FROM (`+selected+`)) + 1, (SELECT max(turn) FROM record)) ORDER BY turn LIMIT 1)`, args...)
}

// remove does one deletion in a transaction of its own.
func (s *Store) remove(ctx context.Context, query string, args ...any) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()

		return err
	})

	return n, err
}

// pruneRest removes all else from before a time on rr's clock.
func (s *Store) pruneRest(ctx context.Context, now schemas.Moment, cutMS int64, pruned *Pruned) error {
	var err error
	if pruned.Attempts, err = s.remove(ctx, `DELETE FROM attempt WHERE began_ms < ? AND state <> 'pending'
		AND incident NOT IN (SELECT id FROM incident WHERE state IN ('open', 'exhausted'))`, cutMS); err != nil {
		return err
	}
	if pruned.Incidents, err = s.remove(ctx, `DELETE FROM incident WHERE changed_ms < ? AND state NOT IN ('open', 'exhausted')
		AND id NOT IN (SELECT incident FROM attempt)`, cutMS); err != nil {
		return err
	}
	if pruned.Falls, err = s.remove(ctx, `DELETE FROM fall WHERE clock_ms < ?`, cutMS); err != nil {
		return err
	}
	if pruned.Events, err = s.remove(ctx, `DELETE FROM event WHERE clock_ms < ?`, cutMS); err != nil {
		return err
	}
	if pruned.Health, err = s.remove(ctx, `DELETE FROM health WHERE clock_ms < ?`, cutMS); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	return s.write(ctx, func(tx *sql.Tx) error { return rollUp(ctx, tx, now.At.Add(-fineFor)) })
}

// pruneToSize removes the oldest records until what is left fits.
func (s *Store) pruneToSize(ctx context.Context, maxSize int64, pruned *Pruned) error {
	if maxSize <= 0 {
		return nil
	}
	used, err := s.used(ctx)
	if err != nil || used <= maxSize {
		return err
	}
	for used > maxSize*lowWater/100 {
		n, err := s.deleteRecords(ctx, `SELECT turn FROM record ORDER BY turn LIMIT ?1`, pruneBatch)
		if err != nil || n == 0 {
			return err
		}
		pruned.Records += n
		if used, err = s.used(ctx); err != nil {
			return err
		}
	}

	return nil
}

// used returns how many bytes of the file hold something.
func (s *Store) used(ctx context.Context) (int64, error) {
	var used int64
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
		- (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)`).Scan(&used)

	return used, err
}

// pruneBundles removes the bundles that no record refers to.
func (s *Store) pruneBundles(ctx context.Context, pruned *Pruned) error {
	if pruned.Records == 0 {
		return nil
	}
	var err error
	pruned.Bundles, err = s.remove(ctx, `DELETE FROM bundle WHERE id NOT IN (
		SELECT policies FROM record WHERE policies IS NOT NULL UNION SELECT config FROM record WHERE config IS NOT NULL)`)

	return err
}

// shrink gives free pages back to the disk, and empties the write-ahead log
// where no reader needs it.
func (s *Store) shrink(ctx context.Context) error {
	for {
		var free int
		if err := s.db.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
			return err
		}
		if free == 0 {
			break
		}
		if err := s.vacuum(ctx, min(free, vacuumBatch)); err != nil {
			return err
		}
	}
	var busy, log, done int

	return s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done)
}

// vacuum frees some pages. SQLite frees one with each step of the statement.
func (s *Store) vacuum(ctx context.Context, pages int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, pages))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}

	return rows.Err()
}

// Size returns how many bytes the journal takes on disk.
func (s *Store) Size() (int64, error) {
	var size int64
	for _, side := range sides() {
		info, err := os.Stat(s.read.path + side)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("size of the journal: %w", err)
		}
		size += info.Size()
	}

	return size, nil
}
