package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rr/schemas"
)

// Memory returns what was remembered, looking back for window from the last
// turn on rr's clock.
func (s *Store) Memory(ctx context.Context, window time.Duration) (Memory, error) {
	var memory Memory
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		memory, err = readMemory(ctx, tx, window)

		return err
	})
	if err != nil {
		return Memory{}, fmt.Errorf("read memory: %w", err)
	}

	return memory, nil
}

func readMemory(ctx context.Context, tx *sql.Tx, window time.Duration) (Memory, error) {
	memory, err := readLatest(ctx, tx)
	if err != nil {
		return Memory{}, err
	}
	if memory.Standing, err = readStanding(ctx, tx); err != nil {
		return Memory{}, err
	}
	since := memory.Moment.ClockMS - window.Milliseconds()
	memory.Attempts, err = queryJSON[schemas.Attempt](ctx, tx, `SELECT id, data FROM attempt
		WHERE began_ms >= ? OR state = 'pending' OR incident IN (SELECT id FROM incident WHERE state IN ('open', 'exhausted'))
		ORDER BY began_ms, seq`, since)
	if err != nil {
		return Memory{}, fmt.Errorf("attempt %w", err)
	}
	memory.Incidents, err = queryJSON[schemas.Incident](ctx, tx, `SELECT id, data FROM incident WHERE state IN ('open', 'exhausted') ORDER BY id`)
	if err != nil {
		return Memory{}, fmt.Errorf("incident %w", err)
	}
	memory.Falls, err = readFalls(ctx, tx, since)
	if err != nil {
		return Memory{}, fmt.Errorf("fall: %w", err)
	}

	return memory, nil
}

// readLatest returns the part of a memory that is kept in one row.
func readLatest(ctx context.Context, tx *sql.Tx) (Memory, error) {
	memory := Memory{NextIncident: 1, Asked: map[string]schemas.AskedSince{}}
	var moment, asked []byte
	err := tx.QueryRowContext(ctx, `SELECT turn, moment, asked, next_incident, lost_ms FROM latest`).
		Scan(&memory.Turn, &moment, &asked, &memory.NextIncident, &memory.LostMS)
	if errors.Is(err, sql.ErrNoRows) {
		return memory, nil
	}
	if err != nil {
		return Memory{}, fmt.Errorf("latest: %w", err)
	}
	if err := json.Unmarshal(moment, &memory.Moment); err != nil {
		return Memory{}, fmt.Errorf("latest moment: %w: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(asked, &memory.Asked); err != nil {
		return Memory{}, fmt.Errorf("latest asked: %w: %w", ErrDamaged, err)
	}
	if memory.Asked == nil {
		memory.Asked = map[string]schemas.AskedSince{}
	}

	return memory, nil
}

func readFalls(ctx context.Context, tx *sql.Tx, since int64) ([]Fall, error) {
	rows, err := tx.QueryContext(ctx, `SELECT subject, clock_ms FROM fall WHERE clock_ms >= ? ORDER BY clock_ms, seq`, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var falls []Fall
	for rows.Next() {
		var fall Fall
		if err := rows.Scan(&fall.Subject, &fall.ClockMS); err != nil {
			return nil, err
		}
		falls = append(falls, fall)
	}

	return falls, rows.Err()
}

// queryJSON reads rows of a name and a noun in JSON.
func queryJSON[T any](ctx context.Context, tx *sql.Tx, query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var all []T
	for rows.Next() {
		var name string
		var data []byte
		if err := rows.Scan(&name, &data); err != nil {
			return nil, err
		}
		var one T
		if err := json.Unmarshal(data, &one); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", name, ErrDamaged, err)
		}
		all = append(all, one)
	}

	return all, rows.Err()
}
