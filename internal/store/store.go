// Package store is rr's journal: one SQLite file that remembers every turn,
// every attempt and every incident. It keeps what it is given and judges
// nothing; it never acts and never forgets an attempt that still counts.
//
// To read it, follow a journal through its life:
//
//	open.go       Open and OpenRead: from a directory to a Store
//	lock.go       one writer at a time
//	connect.go    how SQLite is spoken to
//	migrate.go    the tables, and how an older journal becomes a newer one
//	quarantine.go a damaged journal is moved aside, never deleted
//	salvage.go    what can still be read of it begins the next one
//	turn.go       WriteTurn and EndAttempt: what is written, and when
//	standing.go   what persons asked for: kept at once, between two turns
//	codec.go      a record as bytes: compressed against an earlier one
//	delta.go      how two records differ
//	bundle.go     policies and configurations, stored once each
//	memory.go     what the runner must remember at its start
//	source.go     the connections that are read from
//	read.go       turns, attempts, incidents
//	health.go     the series behind a chart
//	prune.go      what is old or too much goes
//
// Windows and ages are measured on rr's clock (schemas.Moment.ClockMS), so
// that no change of the wall clock empties the journal or refills a budget.
package store

import (
	"database/sql"
	"errors"
	"os"
	"sync"

	"rr/schemas"
)

// What a caller may branch on. Every error of this package says more.
var (
	ErrLocked     = errors.New("another rr holds the journal")
	ErrNewer      = errors.New("the journal was written by a newer rr")
	ErrOlder      = errors.New("the journal was written by an older rr")
	ErrNoJournal  = errors.New("there is no journal")
	ErrNotWritten = errors.New("not written to the journal")
	ErrReadOnly   = errors.New("the journal is open for reading only")
	ErrNoRecord   = errors.New("no such record")
	ErrNoAttempt  = errors.New("no such attempt")
	ErrNoBundle   = errors.New("no such bundle")
	ErrDamaged    = errors.New("damaged")
)

// Store is an open journal. Its methods may be called from many goroutines;
// writes take turns.
type Store struct {
	lock *os.File // nil where it is open for reading only
	db   *sql.DB  // the one connection that writes; nil where it is open for reading only
	read *source

	file os.FileInfo // of rr.db as it was opened; nil where it is open for reading only

	mu    sync.Mutex // held while something is written
	codec *codec
}

// What the runner and the journal hand each other.
type (
	Turn   = schemas.Turn
	Memory = schemas.Memory
	Fall   = schemas.Fall
	Bundle = schemas.Bundle
)

// Close gives the journal back: its file is complete without the ones beside
// it, and the lock is free.
func (s *Store) Close() error {
	err := s.read.close()
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}

	return err
}
