package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	seepm2 "rr/collectors/pm2"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/pm2"
	"rr/schemas"
)

// waitSaved is how long a look at PM2 waits for what backups hold. What is not
// read by then is read for the next.
const waitSaved = time.Second

// savedApps remembers what the backups of the dump.pm2 of one scope hold, so that
// each is read once. It keeps no environment.
type savedApps struct {
	mu    sync.Mutex
	index []string // what was there when they were read
	of    map[string]savedIn
}

// savedIn is what one backup holds.
type savedIn struct {
	seepm2.Backup
	read bool // or it could not be
}

// Apps tells what every backup of a scope's dump.pm2 holds, the newest first.
func (s savedDumps) Apps(ctx context.Context, scope string) ([]seepm2.Backup, error) {
	if s.seen == nil || !s.seen.mu.TryLock() {
		return nil, errors.New("the last look is at it still")
	}

	return waitFor(ctx, waitSaved, func(ctx context.Context) ([]seepm2.Backup, error) {
		defer s.seen.mu.Unlock()
		kept, err := s.backups.look()
		if err != nil {
			return nil, err
		}

		return s.seen.look(ctx, kept, schemas.SetOf(s.system, scope))
	})
}

func (s *savedApps) look(ctx context.Context, kept *backup.Store, set string) ([]seepm2.Backup, error) {
	all, err := kept.List(ctx, set)
	if err != nil {
		return nil, err
	}
	s.forget(all)
	var held []seepm2.Backup
	for _, b := range slices.Backward(all) {
		if b.Damaged != "" || b.State == backup.Replaced {
			continue
		}
		in, known := s.of[b.ID]
		if !known {
			if in, err = appsOf(ctx, kept, b.ID); err != nil {
				return nil, err
			}
			s.of[b.ID] = in
		}
		held = append(held, in.Backup)
	}

	return held, nil
}

// forget forgets backups that are gone, and tries those anew that could not be
// read once the index has changed.
func (s *savedApps) forget(all []backup.Backup) {
	index := make([]string, len(all))
	of := map[string]savedIn{}
	for i, b := range all {
		index[i] = fmt.Sprint(b.ID, b.State, b.Damaged)
	}
	same := slices.Equal(index, s.index)
	for _, b := range all {
		if in, known := s.of[b.ID]; known && (in.read || same) {
			of[b.ID] = in
		}
	}
	s.index, s.of = index, of
}

// appsOf reads one backup.
func appsOf(ctx context.Context, kept *backup.Store, id string) (savedIn, error) {
	in := savedIn{Backup: seepm2.Backup{From: "backup " + id}}
	text, err := kept.ReadFile(ctx, id, backupsets.Dump)
	switch {
	case errors.Is(err, backup.ErrNone), errors.Is(err, backup.ErrDamaged):
		return in, nil
	case errors.Is(err, backup.ErrNoIdentity):
		in.Closed = true
		return in, nil
	case err != nil:
		return savedIn{}, err
	}
	in.read, in.Sum, in.Starts = true, sha256.Sum256(text), pm2.StartsApps(text)
	if dump, err := pm2.ParseDump(text); err == nil {
		in.Apps = dump.Apps()
	}

	return in, nil
}
