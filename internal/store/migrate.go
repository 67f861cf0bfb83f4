package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

// applicationID marks a SQLite file as a journal of rr: "rrjn".
const applicationID = 0x72726a6e

// migrations returns the steps from one version to the next: the first makes
// version 1 from an empty file. A step that was released is never changed.
func migrations() []string {
	return []string{schemaV1, schemaV2}
}

// schemaV1 is the first version. A number in the name of a column that ends in
// _at is the wall clock in ms, one in _ms is rr's clock.
const schemaV1 = `
CREATE TABLE migration (
	version INTEGER PRIMARY KEY,
	rr      TEXT    NOT NULL,
	at      INTEGER NOT NULL
);
CREATE TABLE latest ( -- one row: what the next turn goes on from
	id            INTEGER PRIMARY KEY CHECK (id = 1),
	turn          INTEGER NOT NULL,
	moment        TEXT    NOT NULL, -- JSON
	asked         TEXT    NOT NULL, -- JSON
	next_incident INTEGER NOT NULL,
	lost_ms       INTEGER           -- when attempts were lost with a damaged journal
);
CREATE TABLE bundle (
	id    INTEGER PRIMARY KEY,
	hash  TEXT NOT NULL UNIQUE,
	files BLOB NOT NULL -- tar, zstd
);
CREATE TABLE record (
	turn       INTEGER PRIMARY KEY,
	at         INTEGER NOT NULL,
	clock_ms   INTEGER NOT NULL,
	status     TEXT    NOT NULL,
	score      INTEGER,
	confidence INTEGER NOT NULL,
	mode       TEXT    NOT NULL,
	findings   INTEGER NOT NULL,
	actions    INTEGER NOT NULL,
	withheld   INTEGER NOT NULL,
	errors     INTEGER NOT NULL,
	policies   INTEGER REFERENCES bundle (id),
	config     INTEGER REFERENCES bundle (id)
);
CREATE TABLE body (
	turn INTEGER PRIMARY KEY REFERENCES record (turn) ON DELETE CASCADE,
	base INTEGER NOT NULL, -- turn whose record is the dictionary; its own where there is none
	data BLOB    NOT NULL  -- JSON, zstd
);
CREATE TABLE incident (
	id         INTEGER PRIMARY KEY,
	subject    TEXT    NOT NULL,
	state      TEXT    NOT NULL,
	opened_at  INTEGER NOT NULL,
	changed_ms INTEGER NOT NULL,
	data       TEXT    NOT NULL -- JSON
);
CREATE INDEX incident_open ON incident (state) WHERE state IN ('open', 'exhausted');
CREATE INDEX incident_subject ON incident (subject, id);
CREATE TABLE attempt (
	seq      INTEGER PRIMARY KEY,
	id       TEXT    NOT NULL UNIQUE,
	incident INTEGER NOT NULL,
	subject  TEXT    NOT NULL,
	verb     TEXT    NOT NULL,
	state    TEXT    NOT NULL,
	began_at INTEGER NOT NULL,
	began_ms INTEGER NOT NULL,
	data     TEXT    NOT NULL -- JSON
);
CREATE INDEX attempt_pending ON attempt (state) WHERE state = 'pending';
CREATE INDEX attempt_began ON attempt (began_ms);
CREATE INDEX attempt_incident ON attempt (incident);
CREATE INDEX attempt_subject ON attempt (subject, seq);
CREATE TABLE fall (
	seq      INTEGER PRIMARY KEY,
	subject  TEXT    NOT NULL,
	clock_ms INTEGER NOT NULL
);
CREATE INDEX fall_clock ON fall (clock_ms);
CREATE TABLE health (
	series   TEXT    NOT NULL,
	step     INTEGER NOT NULL, -- ms
	at       INTEGER NOT NULL, -- start of the bucket
	clock_ms INTEGER NOT NULL,
	min      INTEGER NOT NULL,
	sum      INTEGER NOT NULL,
	count    INTEGER NOT NULL,
	PRIMARY KEY (series, step, at)
) WITHOUT ROWID;
`

// schemaV2 adds what persons asked for.
const schemaV2 = `
CREATE TABLE standing ( -- one row: what holds from one turn to the next
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	data TEXT NOT NULL -- JSON
);
CREATE TABLE event (
	seq      INTEGER PRIMARY KEY,
	clock_ms INTEGER NOT NULL,
	subject  TEXT    NOT NULL, -- what it is about, a part or everything
	data     TEXT    NOT NULL  -- JSON
);
CREATE INDEX event_clock ON event (clock_ms);
`

// version returns the version of a journal. It is written down twice, in the
// header and in a table, so that a damaged header is not taken for a newer rr.
func version(ctx context.Context, tx *sql.Tx) (int, error) {
	var application, header, table int
	row := tx.QueryRowContext(ctx, `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration')`)
	if err := row.Scan(&application, &header, &table); err != nil {
		return 0, err
	}
	if application != applicationID || table == 0 {
		return 0, fmt.Errorf("not a journal of rr: %w", ErrDamaged)
	}
	if err := tx.QueryRowContext(ctx, `SELECT ifnull(max(version), 0) FROM migration`).Scan(&table); err != nil {
		return 0, err
	}
	if table != header {
		return 0, fmt.Errorf("version is %d in the header and %d in the table: %w", header, table, ErrDamaged)
	}

	return table, nil
}

// dbVersion is version in a transaction of its own.
func dbVersion(ctx context.Context, db *sql.DB) (int, error) {
	var found int
	err := viewOnce(ctx, db, func(tx *sql.Tx) error {
		var err error
		found, err = version(ctx, tx)

		return err
	})

	return found, err
}

// migrate brings a journal from one version to the last of steps, each step in
// a transaction of its own.
func migrate(ctx context.Context, db *sql.DB, from int, steps []string, rr string, now time.Time) error {
	for v := from; v < len(steps); v++ {
		if err := migrateStep(ctx, db, v+1, steps[v], rr, now); err != nil {
			return fmt.Errorf("migrate journal to version %d: %w", v+1, err)
		}
	}

	return nil
}

func migrateStep(ctx context.Context, db *sql.DB, to int, step, rr string, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()

	if _, err := tx.ExecContext(ctx, step); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO migration (version, rr, at) VALUES (?, ?, ?)`, to, rr, now.UnixMilli()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, to)); err != nil {
		return err
	}

	return tx.Commit()
}

// keepCopy writes a whole copy of the journal to path.
func keepCopy(ctx context.Context, db *sql.DB, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy journal before its migration: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("copy journal before its migration: %w", err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("copy journal before its migration: %w", err)
	}

	return syncFile(path)
}
