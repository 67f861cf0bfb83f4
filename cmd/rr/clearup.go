package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/store"
)

// clearUpWithin bounds how long a start waits for another that writes into the
// store, and for a disk that hangs.
const clearUpWithin = 10 * time.Second

// clearUp clears up what an rr that was killed has left of backups: half an
// archive, one that its index lacks, files of a restore that wait beside those
// in place, a rehearsal, a copy of the journal. What writes into a set does so
// for this set; but nobody may write there again, git takes the files of a
// restore for changes, and a rehearsal holds secrets in plain. It is for who
// holds the state. That it fails keeps rr from nothing.
func (b backups) clearUp(ctx context.Context) error {
	_, err := waitFor(ctx, clearUpWithin, func(ctx context.Context) (struct{}, error) { return struct{}{}, b.clearAll(ctx) })

	return err
}

func (b backups) clearAll(ctx context.Context) error {
	options := b.options()
	errs := []error{b.reconcile(ctx), store.ClearCopy(b.state), os.RemoveAll(b.scratch())}
	for _, set := range backupsets.Of(options) {
		for _, dir := range set.Roots {
			errs = append(errs, backup.ClearStages(dir))
		}
	}

	return errors.Join(errs...)
}

// reconcile makes no store where there is none: it may be on a disk that is to
// be mounted.
func (b backups) reconcile(ctx context.Context) error {
	dir, _ := b.options().Where(b.state)
	kept, err := backup.Reopen(dir, b.kept())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = kept.Reconcile(ctx)
	}
	if err != nil {
		return fmt.Errorf("clear up the backups in %s: %w", dir, err)
	}

	return nil
}

// scratch is where backups are restored for practice.
func (b backups) scratch() string { return filepath.Join(b.state, "drill") }
