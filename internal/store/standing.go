package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"rr/schemas"
)

// EventFilter selects events. A zero field selects all.
type EventFilter struct {
	On    string // what they are about, and what is in it
	Limit int    // newest
}

// Keep writes what stands and how it came to, between two turns. The next turn
// goes on from it, also where there was none yet.
func (s *Store) Keep(ctx context.Context, now schemas.Moment, standing schemas.Standing, events []schemas.Event) error {
	if s.db == nil {
		return fmt.Errorf("%w: %w", ErrNotWritten, ErrReadOnly)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotWritten, err)
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := putMoment(ctx, tx, now); err != nil {
			return err
		}
		if err := putStanding(ctx, tx, standing); err != nil {
			return err
		}
		return insertEvents(ctx, tx, events)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotWritten, err)
	}

	return nil
}

// putMoment moves rr's clock on, also where no turn was taken yet.
func putMoment(ctx context.Context, tx *sql.Tx, now schemas.Moment) error {
	moment, err := json.Marshal(now)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO latest (id, turn, moment, asked, next_incident) VALUES (1, 0, ?, '{}', 1)
		ON CONFLICT (id) DO UPDATE SET moment = excluded.moment`, moment)

	return err
}

func putStanding(ctx context.Context, tx *sql.Tx, standing schemas.Standing) error {
	data, err := json.Marshal(standing)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO standing (id, data) VALUES (1, ?)
		ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE data <> excluded.data`, data)

	return err
}

func readStanding(ctx context.Context, tx *sql.Tx) (schemas.Standing, error) {
	standing := schemas.Standing{Mode: schemas.ModeNormal}
	var data []byte
	err := tx.QueryRowContext(ctx, `SELECT data FROM standing`).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return standing, nil
	}
	if err != nil {
		return standing, fmt.Errorf("standing: %w", err)
	}
	if err := json.Unmarshal(data, &standing); err != nil {
		return standing, fmt.Errorf("standing: %w: %w", ErrDamaged, err)
	}

	return standing, nil
}

func insertEvents(ctx context.Context, tx *sql.Tx, events []schemas.Event) error {
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO event (clock_ms, subject, data) VALUES (?, ?, ?)`, e.ClockMS, e.On, data); err != nil {
			return fmt.Errorf("event: %w", err)
		}
	}

	return nil
}

// Events returns what happened to what stands, newest first.
func (s *Store) Events(ctx context.Context, filter EventFilter) ([]schemas.Event, error) {
	var all []schemas.Event
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = queryJSON[schemas.Event](ctx, tx, `SELECT seq, data FROM event
			WHERE ?1 = '' OR subject = ?1 OR substr(?1, 1, length(subject)) = subject ORDER BY seq DESC LIMIT ?2`,
			filter.On, limit(filter.Limit))

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}

	return all, nil
}

// standingRows holds one row. Without it rr would act where it was told not to,
// so that it counts as lost what cannot be read.
func standingRows() salvaged {
	return salvaged{
		rows:   `SELECT id, data FROM standing`,
		key:    []string{"id"},
		insert: `INSERT OR IGNORE INTO standing (id, data) VALUES (?, ?)`,
		valid:  func(row []any) bool { return decodes[schemas.Standing](row[len(row)-1]) },
	}
}

// eventRows are salvaged like the rest of the history.
func eventRows() salvaged {
	return salvaged{
		rows:   `SELECT seq, clock_ms, subject, data FROM event`,
		key:    []string{"seq"},
		insert: `INSERT OR IGNORE INTO event (seq, clock_ms, subject, data) VALUES (?, ?, ?, ?)`,
		valid:  func(row []any) bool { return decodes[schemas.Event](row[len(row)-1]) },
	}
}

// hasStanding tells whether a damaged journal has the table: one of the first
// version has none, and loses nothing by that.
func hasStanding(ctx context.Context, from *sql.DB) bool {
	var n int
	err := from.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'standing'`).Scan(&n)

	return err != nil || n > 0
}
