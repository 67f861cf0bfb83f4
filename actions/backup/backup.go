// Package backup keeps backups: it makes, verifies, rehearses and thins them
// out, each by a verb of its own, and puts files back when a person asks for
// it. It writes into the store, and a restore into the files of its set;
// nothing else is touched.
//
// What a set is made of is known by internal/backupsets, how it is kept by
// internal/backup; this package is what rr may do with both.
package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/schemas"
)

// Stores gives the store as it is configured now, and makes it where there is
// none.
type Stores interface {
	Open() (*Opened, error)
}

// Opened is a store and what is kept in it.
type Opened struct {
	Store   *backup.Store
	Sets    []backupsets.Set
	Config  schemas.BackupConfig
	Mirror  string // absolute, empty where there is none
	Scratch string // folder for rehearsals
}

// set gives the store and the set that a target names.
func set(stores Stores, target schemas.ID) (*Opened, backupsets.Set, error) {
	o, err := stores.Open()
	if err != nil {
		return nil, backupsets.Set{}, err
	}
	s, err := backupsets.Find(o.Sets, target.Name())

	return o, s, err
}

// Take backs a set up, mirrors it where a mirror is configured, and says what
// it came to. Content that does not validate is kept as evidence, which is no
// error: the good backups are as they were.
func (o *Opened) Take(ctx context.Context, s backupsets.Set) (b backup.Backup, note string, err error) {
	b, created, err := s.Create(ctx, o.Store)
	switch {
	case errors.Is(err, backup.ErrEmpty):
		return b, "there is nothing to back up", err
	case err != nil:
		return b, "", err
	case b.State == backup.Evidence:
		note = fmt.Sprintf("not valid, kept apart as %s: %s", b.ID, b.Reason)
	case created:
		note = fmt.Sprintf("%s: %s, %d bytes", b.ID, files(len(b.Files)), b.Size)
	default:
		note = "unchanged since " + b.ID
	}
	if o.Mirror == "" {
		return b, note, nil
	}
	if _, err := o.Store.Mirror(ctx, o.Mirror, backupsets.Policy(o.Config)); err != nil {
		return b, note, fmt.Errorf("%s; but not mirrored: %w", note, err)
	}

	return b, note + "; mirrored", nil
}

// NewestGood is the newest good backup of a set that is not known to be damaged.
func (o *Opened) NewestGood(ctx context.Context, name string) (backup.Backup, error) {
	all, err := o.Store.List(ctx, name)
	if err != nil {
		return backup.Backup{}, err
	}
	for _, b := range slices.Backward(all) {
		if b.State == backup.Good && b.Damaged == "" {
			return b, nil
		}
	}

	damaged := 0
	for _, b := range all {
		if b.State == backup.Good {
			damaged++
		}
	}

	return backup.Backup{}, noGood(name, damaged)
}

// are is the verb of so many.
func are(n int) string {
	if n == 1 {
		return "is"
	}

	return "are"
}

// noGood says that there is no good backup, and why.
func noGood(name string, damaged int) error {
	if damaged > 0 {
		return fmt.Errorf("set %s has no good backup that is whole: %d %s damaged, as rr backup list tells; a mirror may have copies", name, damaged, are(damaged))
	}

	return fmt.Errorf("set %s has no good backup: %w", name, backup.ErrNone)
}

// files counts them in words.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}

	return fmt.Sprintf("%d files", n)
}
