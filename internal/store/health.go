package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rr/schemas"
)

// HealthOverall is the key of the overall score. The key of a component is its
// system, that of a subject its id.
const HealthOverall = "overall"

const (
	fineStep   = time.Minute
	coarseStep = time.Hour
	fineFor    = 48 * time.Hour // then minutes are rolled up to hours
)

// HealthPoint is the scores of one series within one bucket of time. A subject
// has points only for when it was below 100.
type HealthPoint struct {
	At    time.Time     `json:"at"` // start of the bucket, UTC
	Step  time.Duration `json:"step"`
	Min   int           `json:"min"`
	Sum   int64         `json:"sum"`
	Count int64         `json:"count"` // turns
}

// Health returns the points of a series that begin within [from, to), oldest
// first. The older ones are hours, the newer ones minutes.
func (s *Store) Health(ctx context.Context, key string, from, to time.Time) ([]HealthPoint, error) {
	var all []HealthPoint
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		var err error
		all, err = readHealth(ctx, tx, key, from, to)

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read health of %s: %w", key, err)
	}

	return all, nil
}

func readHealth(ctx context.Context, tx *sql.Tx, key string, from, to time.Time) ([]HealthPoint, error) {
	rows, err := tx.QueryContext(ctx, `SELECT at, step, min, sum, count FROM health
		WHERE series = ? AND step IN (?, ?) AND at >= ? AND at < ? ORDER BY at, step DESC`,
		key, fineStep.Milliseconds(), coarseStep.Milliseconds(), from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var all []HealthPoint
	for rows.Next() {
		var point HealthPoint
		var at, step int64
		if err := rows.Scan(&at, &step, &point.Min, &point.Sum, &point.Count); err != nil {
			return nil, err
		}
		point.At, point.Step = time.UnixMilli(at).UTC(), time.Duration(step)*time.Millisecond
		all = append(all, point)
	}

	return all, rows.Err()
}

// putHealth adds the scores of a turn to their buckets.
func putHealth(ctx context.Context, tx *sql.Tx, record schemas.Record) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO health (series, step, at, clock_ms, min, sum, count) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)
		ON CONFLICT (series, step, at) DO UPDATE SET clock_ms = excluded.clock_ms, min = min(min, excluded.min),
			sum = sum + excluded.sum, count = count + 1`)
	if err != nil {
		return err
	}
	defer stmt.Close()

	moment := record.Snapshot.Moment
	at := moment.At.Truncate(fineStep).UnixMilli()
	for key, score := range scores(record.Decision.Health) {
		if _, err := stmt.ExecContext(ctx, key, fineStep.Milliseconds(), at, moment.ClockMS, score); err != nil {
			return err
		}
	}

	return nil
}

// scores returns what is worth a series, by key.
func scores(health schemas.Health) map[string]int {
	all := map[string]int{}
	for id, subject := range health.Subjects {
		if subject.Score != nil && *subject.Score < 100 {
			all[string(id)] = *subject.Score
		}
	}
	for system, component := range health.Components {
		if component.Score != nil {
			all[system] = *component.Score
		}
	}
	if health.Score != nil {
		all[HealthOverall] = *health.Score
	}

	return all
}

// rollUp makes hours of the minutes that ended before a time.
func rollUp(ctx context.Context, tx *sql.Tx, before time.Time) error {
	cut := before.Truncate(coarseStep).UnixMilli()
	fine, coarse := fineStep.Milliseconds(), coarseStep.Milliseconds()
	if _, err := tx.ExecContext(ctx, `INSERT INTO health (series, step, at, clock_ms, min, sum, count)
		SELECT series, ?2, at / ?2 * ?2, max(clock_ms), min(min), sum(sum), sum(count)
		FROM health WHERE step = ?1 AND at < ?3 GROUP BY series, at / ?2
		ON CONFLICT (series, step, at) DO UPDATE SET clock_ms = max(clock_ms, excluded.clock_ms), min = min(min, excluded.min),
			sum = sum + excluded.sum, count = count + excluded.count`, fine, coarse, cut); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM health WHERE step = ? AND at < ?`, fine, cut)

	return err
}
