package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rr/schemas"
)

// Summary is a record without what was seen and decided.
type Summary struct {
	Turn         int64     `json:"turn"`
	At           time.Time `json:"at"`
	ClockMS      int64     `json:"clock_ms"`
	Status       string    `json:"status"`
	Score        *int      `json:"score,omitempty"` // absent where nothing was known
	Confidence   int       `json:"confidence"`
	Mode         string    `json:"mode"`
	Findings     int       `json:"findings"`
	Actions      int       `json:"actions"`  // begun
	Withheld     int       `json:"withheld"` // by a guard
	Errors       int       `json:"errors"`   // of policies
	PoliciesHash string    `json:"policies_hash"`
	ConfigHash   string    `json:"config_hash"`
}

// RecordFilter selects records. A zero field selects all.
type RecordFilter struct {
	Before int64     // turns below it: the next page begins where the last ended
	Since  time.Time // at or after it
	Until  time.Time // before it
	Status string
	Acted  bool // something was begun
	Limit  int  // newest
}

// AttemptFilter selects attempts. A zero field selects all.
type AttemptFilter struct {
	Subject schemas.ID
	Since   time.Time // begun at or after it
	Limit   int       // newest
}

// IncidentFilter selects incidents. A zero field selects all.
type IncidentFilter struct {
	Subject schemas.ID
	Open    bool // open or exhausted
	Limit   int  // newest
}

// Efficacy says how often a verb was tried and how often its subject was
// healthy for the settle time afterwards.
type Efficacy struct {
	Verb      string `json:"verb"`
	Tried     int    `json:"tried"`
	Recovered int    `json:"recovered"`
	Failed    int    `json:"failed"`
	Pending   int    `json:"pending"`
}

// Record returns the record of a turn, of the last one for 0. It returns
// ErrNoRecord where there is none and ErrDamaged where it cannot be trusted.
func (s *Store) Record(ctx context.Context, turn int64) (schemas.Record, error) {
	var baseTurn sql.NullInt64
	var data, baseData []byte
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT record.turn, body.data, body.base, base.data
			FROM record LEFT JOIN body ON body.turn = record.turn LEFT JOIN body AS base ON base.turn = body.base
			WHERE record.turn = iif(?1 = 0, (SELECT max(turn) FROM record), ?1)`, turn).
			Scan(&turn, &data, &baseTurn, &baseData)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return schemas.Record{}, fmt.Errorf("record of turn %d: %w", turn, ErrNoRecord)
	}
	if err != nil {
		return schemas.Record{}, fmt.Errorf("record of turn %d: %w", turn, err)
	}

	return s.read.decoder.record(turn, data, baseTurn.Int64, baseData)
}

// Records returns summaries, newest first.
func (s *Store) Records(ctx context.Context, filter RecordFilter) ([]Summary, error) {
	var all []Summary
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = readSummaries(ctx, tx, filter)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}

	return all, nil
}

func readSummaries(ctx context.Context, tx *sql.Tx, filter RecordFilter) ([]Summary, error) {
	rows, err := tx.QueryContext(ctx, `SELECT turn, at, clock_ms, status, score, confidence, mode, findings, actions, withheld, errors,
			ifnull((SELECT hash FROM bundle WHERE id = policies), ''), ifnull((SELECT hash FROM bundle WHERE id = config), '')
		FROM record
		WHERE (?1 = 0 OR turn < ?1) AND at >= ?2 AND (?3 = 0 OR at < ?3) AND (?4 = '' OR status = ?4) AND (?5 = 0 OR actions > 0)
		ORDER BY turn DESC LIMIT ?6`,
		filter.Before, wallMS(filter.Since), wallMS(filter.Until), filter.Status, filter.Acted, limit(filter.Limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var all []Summary
	for rows.Next() {
		var one Summary
		var at int64
		if err := rows.Scan(&one.Turn, &at, &one.ClockMS, &one.Status, &one.Score, &one.Confidence, &one.Mode, &one.Findings,
			&one.Actions, &one.Withheld, &one.Errors, &one.PoliciesHash, &one.ConfigHash); err != nil {
			return nil, err
		}
		one.At = time.UnixMilli(at).UTC()
		all = append(all, one)
	}

	return all, rows.Err()
}

// Attempts returns attempts, newest first.
func (s *Store) Attempts(ctx context.Context, filter AttemptFilter) ([]schemas.Attempt, error) {
	var all []schemas.Attempt
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = queryJSON[schemas.Attempt](ctx, tx, `SELECT id, data FROM attempt
			WHERE (?1 = '' OR subject = ?1) AND began_at >= ?2 ORDER BY seq DESC LIMIT ?3`,
			filter.Subject, wallMS(filter.Since), limit(filter.Limit))

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}

	return all, nil
}

// Incidents returns incidents, newest first.
func (s *Store) Incidents(ctx context.Context, filter IncidentFilter) ([]schemas.Incident, error) {
	var all []schemas.Incident
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = queryJSON[schemas.Incident](ctx, tx, `SELECT id, data FROM incident
			WHERE (?1 = '' OR subject = ?1) AND (?2 = 0 OR state IN ('open', 'exhausted')) ORDER BY id DESC LIMIT ?3`,
			filter.Subject, filter.Open, limit(filter.Limit))

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}

	return all, nil
}

// Efficacy returns how each verb fared in what the journal still knows, by
// verb.
func (s *Store) Efficacy(ctx context.Context) ([]Efficacy, error) {
	var all []Efficacy
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = readEfficacy(ctx, tx)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read efficacy: %w", err)
	}

	return all, nil
}

func readEfficacy(ctx context.Context, tx *sql.Tx) ([]Efficacy, error) {
	rows, err := tx.QueryContext(ctx, `SELECT verb, count(*), sum(state = 'recovered'), sum(state = 'failed'), sum(state = 'pending')
		FROM attempt WHERE state <> 'refused' GROUP BY verb ORDER BY verb`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var all []Efficacy
	for rows.Next() {
		var one Efficacy
		if err := rows.Scan(&one.Verb, &one.Tried, &one.Recovered, &one.Failed, &one.Pending); err != nil {
			return nil, err
		}
		all = append(all, one)
	}

	return all, rows.Err()
}

func wallMS(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}

	return t.UnixMilli()
}

// limit returns what SQLite takes for no limit where there is none.
func limit(n int) int {
	if n <= 0 {
		return -1
	}

	return n
}
