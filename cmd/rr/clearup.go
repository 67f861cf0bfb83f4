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
	errs := []error{store.ClearCopy(b.state), os.RemoveAll(b.scratch())} // here, and before rr itself makes others
	_, err := waitFor(ctx, clearUpWithin, func(ctx context.Context) (struct{}, error) { return struct{}{}, b.clearStore(ctx) })

	return errors.Join(append(errs, err)...)
}

// clearStore clears up the store, and what restores have left in the folders of
// sets. Where there was no time for it, so that rr runs by now, it leaves the
// rest alone.
func (b backups) clearStore(ctx context.Context) error {
	return inTurn(ctx, append([]func(context.Context) error{b.reconcile}, b.clearStages()...)...)
}

// clearStages are the steps that clear the folders of sets.
func (b backups) clearStages() (steps []func(context.Context) error) {
	for _, set := range backupsets.Of(b.options()) {
		for _, dir := range set.Roots {
			steps = append(steps, func(context.Context) error { return backup.ClearStages(dir) })
		}
	}

	return steps
}

// inTurn takes steps one after the other, also after one that failed, and begins
// none once its time is over.
func inTurn(ctx context.Context, steps ...func(context.Context) error) error {
	var errs []error
	for _, step := range steps {
		if ctx.Err() != nil {
			return errors.Join(append(errs, ctx.Err())...)
		}
		errs = append(errs, step(ctx))
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
