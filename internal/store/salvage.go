package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"rr/schemas"
)

// salvage copies what can be read of a damaged journal into a new one. It
// returns whether something was lost that budgets are counted from. Only what
// goes wrong with the new journal is an error.
func salvage(ctx context.Context, path string, to *sql.DB) (lost bool, err error) {
	from, err := connectBeside(path)
	if err != nil {
		return true, writeFloor(ctx, to, floor{}, true)
	}
	defer from.Close()

	lost, err = salvageMemory(ctx, from, to)
	if err != nil {
		return lost, err
	}
	// History is worth having and nothing depends on it: what does not fit on
	// the disk any more is left behind.
	_ = salvageHistory(ctx, from, to)

	return lost, nil
}

// floor is what the numbers of a new journal must not fall below.
type floor struct {
	memory Memory
	turn   int64
	clock  int64
}

func salvageMemory(ctx context.Context, from, to *sql.DB) (lost bool, err error) {
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return true, err
	}
	defer tx.Rollback()

	lost = false
	tables := []salvaged{attemptRows(), incidentRows(), fallRows()}
	if hasStanding(ctx, from) {
		tables = append(tables, standingRows())
	}
	for _, table := range tables {
		whole, err := table.copy(ctx, from, tx)
		if err != nil {
			return true, err
		}
		lost = lost || !whole
	}
	if err := tx.Commit(); err != nil {
		return true, err
	}

	f, read := readFloor(ctx, from, to)
	lost = lost || !read

	return lost, writeFloor(ctx, to, f, lost)
}

func salvageHistory(ctx context.Context, from, to *sql.DB) error {
	for _, table := range []salvaged{bundleRows(), recordRows(), bodyRows(), healthRows(), eventRows()} {
		tx, err := to.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := table.copy(ctx, from, tx); err != nil {
			_ = tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}

	return nil
}

// salvaged says how the rows of one table are copied.
type salvaged struct {
	rows   string // SELECT without its order
	key    []string
	insert string
	valid  func(row []any) bool // nil: every row is
}

func attemptRows() salvaged {
	return salvaged{
		rows:   `SELECT seq, id, incident, subject, verb, state, began_at, began_ms, data FROM attempt`,
		key:    []string{"seq"},
		insert: `INSERT OR IGNORE INTO attempt (seq, id, incident, subject, verb, state, began_at, began_ms, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		valid:  func(row []any) bool { return decodes[schemas.Attempt](row[len(row)-1]) },
	}
}

func incidentRows() salvaged {
	return salvaged{
		rows:   `SELECT id, subject, state, opened_at, changed_ms, data FROM incident`,
		key:    []string{"id"},
		insert: `INSERT OR IGNORE INTO incident (id, subject, state, opened_at, changed_ms, data) VALUES (?, ?, ?, ?, ?, ?)`,
		valid:  func(row []any) bool { return decodes[schemas.Incident](row[len(row)-1]) },
	}
}

func fallRows() salvaged {
	return salvaged{
		rows:   `SELECT seq, subject, clock_ms FROM fall`,
		key:    []string{"seq"},
		insert: `INSERT OR IGNORE INTO fall (seq, subject, clock_ms) VALUES (?, ?, ?)`,
	}
}

func bundleRows() salvaged {
	return salvaged{
		rows:   `SELECT id, hash, files FROM bundle`,
		key:    []string{"id"},
		insert: `INSERT OR IGNORE INTO bundle (id, hash, files) VALUES (?, ?, ?)`,
	}
}

func recordRows() salvaged {
	return salvaged{
		rows: `SELECT turn, at, clock_ms, status, score, confidence, mode, findings, actions, withheld, errors, policies, config FROM record`,
		key:  []string{"turn"},
		insert: `INSERT OR IGNORE INTO record (turn, at, clock_ms, status, score, confidence, mode, findings, actions, withheld, errors, policies, config)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM bundle WHERE id = ?), (SELECT id FROM bundle WHERE id = ?))`,
	}
}

func bodyRows() salvaged {
	return salvaged{
		rows:   `SELECT turn, base, data FROM body`,
		key:    []string{"turn"},
		insert: `INSERT OR IGNORE INTO body (turn, base, data) SELECT ?1, ?2, ?3 WHERE ?1 IN (SELECT turn FROM record)`,
	}
}

func healthRows() salvaged {
	return salvaged{
		rows:   `SELECT series, step, at, clock_ms, min, sum, count FROM health`,
		key:    []string{"series", "step", "at"},
		insert: `INSERT OR IGNORE INTO health (series, step, at, clock_ms, min, sum, count) VALUES (?, ?, ?, ?, ?, ?, ?)`,
	}
}

func decodes[T any](data any) bool {
	var one T
	switch data := data.(type) {
	case []byte:
		return json.Unmarshal(data, &one) == nil
	case string:
		return json.Unmarshal([]byte(data), &one) == nil
	}

	return false
}

// copy copies the rows from the first on, and where a damaged page ends that,
// from the last one back. It returns whether it met every row.
func (t salvaged) copy(ctx context.Context, from *sql.DB, to *sql.Tx) (whole bool, err error) {
	whole, err = t.copyOrdered(ctx, from, to, "")
	if err != nil || whole {
		return whole, err
	}
	_, err = t.copyOrdered(ctx, from, to, " DESC")

	return false, err
}

func (t salvaged) copyOrdered(ctx context.Context, from *sql.DB, to *sql.Tx, direction string) (whole bool, err error) {
	rows, err := from.QueryContext(ctx, t.rows+` ORDER BY `+strings.Join(t.key, direction+", ")+direction)
	if err != nil {
		return false, nil
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return false, nil
	}

	whole = true
	for rows.Next() {
		row, ok := scanRow(rows, len(columns))
		if !ok || (t.valid != nil && !t.valid(row)) {
			whole = false
			continue
		}
		if _, err := to.ExecContext(ctx, t.insert, row...); err != nil {
			return false, fmt.Errorf("copy what can be read: %w", err)
		}
	}

	return whole && rows.Err() == nil, nil
}

func scanRow(rows *sql.Rows, n int) ([]any, bool) {
	row := make([]any, n)
	into := make([]any, n)
	for i := range row {
		into[i] = &row[i]
	}

	return row, rows.Scan(into...) == nil
}

// readFloor returns where the old journal stood: from the row that says so, and
// no lower than all else that could be read.
func readFloor(ctx context.Context, from, to *sql.DB) (floor, bool) {
	var f floor
	err := viewOnce(ctx, from, func(tx *sql.Tx) error {
		var err error
		f.memory, err = readLatest(ctx, tx)

		return err
	})
	read := err == nil && f.memory.Turn > 0
	f.raise(f.memory.Turn, f.memory.Moment.ClockMS)
	f.raiseTo(ctx, from, `SELECT turn, clock_ms FROM record ORDER BY turn DESC LIMIT 1`)
	f.raiseTo(ctx, to, `SELECT 0, ifnull(max(clock_ms), 0) FROM fall`)
	f.raiseTo(ctx, to, `SELECT 0, ifnull(max(changed_ms), 0) FROM incident`)
	f.raiseByAttempts(ctx, to)

	var next int64
	if to.QueryRowContext(ctx, `SELECT ifnull(max(id), 0) + 1 FROM incident`).Scan(&next) == nil {
		f.memory.NextIncident = max(f.memory.NextIncident, next)
	}

	return f, read
}

func (f *floor) raise(turn, clock int64) {
	f.turn, f.clock = max(f.turn, turn), max(f.clock, clock)
}

func (f *floor) raiseTo(ctx context.Context, db *sql.DB, query string) {
	var turn, clock int64
	if db.QueryRowContext(ctx, query).Scan(&turn, &clock) == nil {
		f.raise(turn, clock)
	}
}

// raiseByAttempts reads the turns that attempts are named for, so that no id is
// given twice.
func (f *floor) raiseByAttempts(ctx context.Context, db *sql.DB) {
	rows, err := db.QueryContext(ctx, `SELECT id, began_ms FROM attempt`)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var began int64
		if rows.Scan(&id, &began) != nil {
			continue
		}
		number, _, _ := strings.Cut(id, "-")
		turn, err := strconv.ParseInt(number, 10, 64)
		if err == nil {
			f.raise(turn, began)
		}
	}
}

// writeFloor begins the new journal where the old one stood.
func writeFloor(ctx context.Context, to *sql.DB, f floor, lost bool) error {
	moment := f.memory.Moment
	moment.ClockMS = f.clock
	momentJSON, err := json.Marshal(moment)
	if err != nil {
		return err
	}
	asked, err := json.Marshal(f.memory.Asked)
	if err != nil {
		return err
	}
	lostMS := f.memory.LostMS
	if lost {
		lostMS = &f.clock
	}
	_, err = to.ExecContext(ctx, `INSERT INTO latest (id, turn, moment, asked, next_incident, lost_ms) VALUES (1, ?, ?, ?, ?, ?)`,
		f.turn, momentJSON, asked, max(f.memory.NextIncident, 1), lostMS)

	return err
}
