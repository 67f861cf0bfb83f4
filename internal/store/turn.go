package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"

	"rr/schemas"
)

// WriteTurn writes a turn in one transaction with one fsync: when it returns
// nil the turn outlives a power cut, when it returns an error the journal is as
// it was. The error is an ErrNotWritten; where a disk was full the next
// WriteTurn works as soon as there is room.
func (s *Store) WriteTurn(ctx context.Context, turn Turn) error {
	n := turn.Record.Snapshot.Turn
	if s.db == nil {
		return fmt.Errorf("turn %d: %w: %w", n, ErrNotWritten, ErrReadOnly)
	}
	record, err := json.Marshal(turn.Record)
	if err != nil {
		return fmt.Errorf("turn %d: %w: %w", n, ErrNotWritten, err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("turn %d: %w: %w", n, ErrNotWritten, err)
	}
	body, err := s.codec.encode(n, record)
	if err != nil {
		return fmt.Errorf("turn %d: %w: %w", n, ErrNotWritten, err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error { return s.insertTurn(ctx, tx, turn, body) })
	if err != nil {
		return fmt.Errorf("turn %d: %w: %w", n, ErrNotWritten, err)
	}
	s.codec.accept(body)

	return nil
}

// EndAttempt writes how an attempt ended, after the act. The attempt must have
// been begun by a turn.
func (s *Store) EndAttempt(ctx context.Context, attempt schemas.Attempt) error {
	if s.db == nil {
		return fmt.Errorf("attempt %s: %w: %w", attempt.ID, ErrNotWritten, ErrReadOnly)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(tx *sql.Tx) error { return updateAttempt(ctx, tx, attempt) })
	if err != nil {
		return fmt.Errorf("attempt %s: %w: %w", attempt.ID, ErrNotWritten, err)
	}

	return nil
}

// inPlace tells whether the journal's path still leads to the file that is open.
// One that was deleted or replaced is written to in vain, and a second rr would
// find it free.
func (s *Store) inPlace() error {
	now, err := os.Stat(s.read.path)
	if err != nil {
		return fmt.Errorf("the journal is gone from its folder, restart rr: %w", err)
	}
	if !os.SameFile(s.file, now) {
		return fmt.Errorf("%s is another file than the one that was opened, restart rr", s.read.path)
	}

	return nil
}

// write does one transaction on the connection that writes. Damage that it
// meets is an ErrDamaged, and makes the next Open look at the whole journal.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	err := s.writeOnce(ctx, do)
	if !isDamage(err) {
		return err
	}
	if file, createErr := os.OpenFile(s.read.path+suspectSuffix, os.O_CREATE, 0o600); createErr == nil {
		file.Close()
	}

	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func (s *Store) writeOnce(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback()
		return err
	}

	return tx.Commit()
}

func (s *Store) insertTurn(ctx context.Context, tx *sql.Tx, turn Turn, body encoded) error {
	if err := s.insertRecord(ctx, tx, turn, body); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for _, incident := range turn.Incidents {
		if err := putIncident(ctx, tx, incident, turn.Record.Snapshot.Moment.ClockMS); err != nil {
			return fmt.Errorf("incident %d: %w", incident.ID, err)
		}
	}
	for _, attempt := range turn.Begun {
		if err := insertAttempt(ctx, tx, attempt); err != nil {
			return fmt.Errorf("attempt %s: %w", attempt.ID, err)
		}
	}
	for _, attempt := range turn.Verified {
		if err := updateAttempt(ctx, tx, attempt); err != nil {
			return fmt.Errorf("attempt %s: %w", attempt.ID, err)
		}
	}
	for _, fall := range turn.Falls {
		if err := insertFall(ctx, tx, fall); err != nil {
			return fmt.Errorf("fall of %s: %w", fall.Subject, err)
		}
	}
	if err := putStanding(ctx, tx, turn.Record.Standing); err != nil {
		return err
	}
	if err := insertEvents(ctx, tx, turn.Events); err != nil {
		return err
	}
	if err := putHealth(ctx, tx, turn.Record); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	if err := putLatest(ctx, tx, turn); err != nil {
		return fmt.Errorf("latest: %w", err)
	}

	return nil
}

func (s *Store) insertRecord(ctx context.Context, tx *sql.Tx, turn Turn, body encoded) error {
	policies, err := s.putBundle(ctx, tx, turn.Policies)
	if err != nil {
		return err
	}
	config, err := s.putBundle(ctx, tx, turn.Config)
	if err != nil {
		return err
	}

	snapshot, decision := turn.Record.Snapshot, turn.Record.Decision
	actions, withheld := countOutcomes(turn.Record.Outcomes)
	_, err = tx.ExecContext(ctx, `INSERT INTO record
		(turn, at, clock_ms, status, score, confidence, mode, findings, actions, withheld, errors, policies, config)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		snapshot.Turn, snapshot.Moment.At.UnixMilli(), snapshot.Moment.ClockMS,
		decision.Health.Status, decision.Health.Score, decision.Health.Confidence, decision.Mode,
		len(decision.Findings), actions, withheld, len(decision.Errors), policies, config)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO body (turn, base, data) VALUES (?, ?, ?)`, snapshot.Turn, body.base.turn, body.data)

	return err
}

// countOutcomes tells what was begun from what a guard withheld.
func countOutcomes(outcomes []schemas.Outcome) (actions, withheld int) {
	for _, outcome := range outcomes {
		if outcome.Status == schemas.OutcomeWithheld {
			withheld++
			continue
		}
		actions++
	}

	return actions, withheld
}

func putIncident(ctx context.Context, tx *sql.Tx, incident schemas.Incident, clockMS int64) error {
	data, err := json.Marshal(incident)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO incident (id, subject, state, opened_at, changed_ms, data)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, state = excluded.state,
			opened_at = excluded.opened_at, changed_ms = excluded.changed_ms, data = excluded.data`,
		incident.ID, incident.Subject, incident.State, incident.OpenedAt.UnixMilli(), clockMS, data)

	return err
}

func insertAttempt(ctx context.Context, tx *sql.Tx, attempt schemas.Attempt) error {
	data, err := json.Marshal(attempt)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO attempt (id, incident, subject, verb, state, began_at, began_ms, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		attempt.ID, attempt.Incident, attempt.Action.Subject, attempt.Action.Verb,
		attempt.State, attempt.BeganAt.UnixMilli(), attempt.BeganMS, data)

	return err
}

func updateAttempt(ctx context.Context, tx *sql.Tx, attempt schemas.Attempt) error {
	data, err := json.Marshal(attempt)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `UPDATE attempt SET incident = ?, state = ?, data = ? WHERE id = ?`,
		attempt.Incident, attempt.State, data, attempt.ID)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return ErrNoAttempt
	}

	return err
}

func insertFall(ctx context.Context, tx *sql.Tx, fall Fall) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO fall (subject, clock_ms) VALUES (?, ?)`, fall.Subject, fall.ClockMS)

	return err
}

// putLatest writes what the next turn goes on from. Turns are written in their
// order.
func putLatest(ctx context.Context, tx *sql.Tx, turn Turn) error {
	snapshot := turn.Record.Snapshot
	moment, err := json.Marshal(snapshot.Moment)
	if err != nil {
		return err
	}
	asked, err := json.Marshal(turn.Record.Asked)
	if err != nil {
		return err
	}
	next := int64(1)
	for _, incident := range turn.Incidents {
		next = max(next, incident.ID+1)
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO latest (id, turn, moment, asked, next_incident) VALUES (1, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, moment = excluded.moment, asked = excluded.asked,
			next_incident = max(next_incident, excluded.next_incident)
		WHERE excluded.turn > turn`,
		snapshot.Turn, moment, asked, next)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		return fmt.Errorf("turn %d is not after the last one", snapshot.Turn)
	}

	return err
}
