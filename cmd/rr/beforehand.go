package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	actpm2 "rr/actions/pm2"
	seepm2 "rr/collectors/pm2"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/runner"
	"rr/schemas"
)

// destructive are the verbs before which the set of their target is backed up.
// Those that write over files are not performed where that fails: what is there
// would be lost. Those that start processes are: an app that is down waits for
// no backup.
func destructive() map[string]bool {
	return map[string]bool{
		"github.restore_file": true, "github.fix_file": true, "netlify.restore_source": true, "netlify.manifest": true, "pm2.save": true,
		"pm2.recreate": false, "pm2.start_ecosystem": false, "pm2.resurrect": false, "pm2.restore_dump": false, "pm2.restore_app": false,
		"pm2.update_daemon": false,
	}
}

// backedUp has the set of a target backed up before an actor acts.
type backedUp struct {
	runner.Actor
	backups backups
	must    bool // or it is not performed
	wait    time.Duration
}

// Act backs up and acts.
func (b backedUp) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	taken, err := b.before(ctx, a.Target)
	if err != nil && b.must {
		return "", fmt.Errorf("%w: nothing was done, since what is there could not be backed up first: %w", schemas.ErrRefused, err)
	}
	if err != nil {
		taken = "not backed up first: " + err.Error()
	}
	note, err := b.Actor.Act(ctx, a, seen)
	if err == nil && taken != "" {
		note += " (" + taken + ")"
	}

	return note, err
}

// How long an action waits for the backup before it.
const (
	waitMust = 30 * time.Second // where nothing is done without it
	waitWell = 10 * time.Second // where an app is down meanwhile
)

// before backs up what the target belongs to, where that is a set. It is waited
// for no longer than it is worth, also where it does not heed that: a disk may
// hang. The mirror is left to the next backup in turn.
func (b backedUp) before(ctx context.Context, target schemas.ID) (string, error) {
	return waitFor(ctx, b.wait, func(ctx context.Context) (string, error) { return b.take(ctx, target) })
}

func (b backedUp) take(ctx context.Context, target schemas.ID) (string, error) {
	o, err := b.backups.Open()
	if err != nil {
		return "", err
	}
	set, err := backupsets.Find(o.Sets, schemas.SetOf(target.System(), target.Scope()))
	if err != nil || backupsets.Refused(set, o.Config) {
		return "", nil // it is not backed up at all
	}
	taken, _, err := set.Create(ctx, o.Store)
	switch {
	case errors.Is(err, backup.ErrEmpty):
		return "", nil
	case err != nil:
		return "", err
	}

	return "backed up first: " + taken.ID, nil
}

// withBackups wraps the actors of destructive verbs.
func withBackups(actors map[string]runner.Actor, b backups) {
	if b.loaded.Config.Backup == nil {
		return
	}
	for verb, must := range destructive() {
		if actor := actors[verb]; actor != nil {
			wait := waitWell
			if must {
				wait = waitMust
			}
			actors[verb] = backedUp{Actor: actor, backups: b, must: must, wait: wait}
		}
	}
}

// fromBackups finds good copies of the files of one system in backups.
type fromBackups struct {
	backups backups
	system  string
}

// NewestValid returns the newest content of a file that is valid and differs
// from what is there now, and the backup it is from; nil where there is none.
func (f fromBackups) NewestValid(ctx context.Context, scope, name string, current []byte, valid func([]byte) bool) ([]byte, string, error) {
	o, err := f.backups.Open()
	if err != nil {
		return nil, "", err
	}
	set := schemas.SetOf(f.system, scope)
	if _, err := backupsets.Find(o.Sets, set); err != nil {
		return nil, "", nil
	}

	return newestValid(ctx, o.Store, set, name, current, valid)
}

// Restorable tells whether a file has a backup that was valid when it was made
// and differs from what is there now. It reads the index and no backup.
func (f fromBackups) Restorable(ctx context.Context, scope, name string, current []byte) (string, bool) {
	kept, err := f.backups.look()
	if err != nil {
		return "", false
	}
	sum := ""
	if current != nil {
		sum = fmt.Sprintf("%x", sha256.Sum256(current))
	}
	b, _, err := kept.PickFile(ctx, schemas.SetOf(f.system, scope), name, sum)

	return "backup " + b.ID, err == nil
}

// savedDumps finds good copies of what a PM2 home would start again.
type savedDumps struct {
	fromBackups
	seen *savedApps // by a collector; nil where nothing looks
}

// NewestDump returns the newest dump that is valid and differs from what is
// there now, and the backup it is from; nil where there is none.
func (s savedDumps) NewestDump(ctx context.Context, scope string, current []byte, valid func([]byte) bool) ([]byte, string, error) {
	type dump struct {
		text []byte
		from string
	}
	found, err := waitFor(ctx, waitWell, func(ctx context.Context) (dump, error) {
		text, from, err := s.NewestValid(ctx, scope, backupsets.Dump, current, valid)
		return dump{text, from}, err
	})

	return found.text, found.from, err
}

// dumps are those that may be restored; nil where nothing is backed up.
func (b backups) dumps() actpm2.Dumps {
	if b.loaded.Config.Backup == nil {
		return nil
	}

	return savedDumps{fromBackups: fromBackups{b, "pm2"}}
}

// seenDumps are those that are looked for; nil where nothing is backed up.
func (b backups) seenDumps() seepm2.Dumps {
	if b.loaded.Config.Backup == nil {
		return nil
	}

	return savedDumps{fromBackups{b, "pm2"}, &savedApps{}}
}

// newestValid looks into one backup after the other, the newest first. Each was
// judged when it was made; what is valid is judged again, by who asks.
func newestValid(ctx context.Context, kept *backup.Store, set, name string, current []byte, valid func([]byte) bool) ([]byte, string, error) {
	all, err := kept.List(ctx, set)
	if err != nil {
		return nil, "", err
	}
	for _, b := range slices.Backward(all) {
		if b.Damaged != "" || b.State == backup.Replaced {
			continue
		}
		content, err := kept.ReadFile(ctx, b.ID, name)
		switch {
		case errors.Is(err, backup.ErrNone), errors.Is(err, backup.ErrDamaged), errors.Is(err, backup.ErrNoIdentity):
			continue
		case err != nil:
			return nil, "", err
		}
		if !bytes.Equal(content, current) && valid(content) {
			return content, "backup " + b.ID, nil
		}
	}

	return nil, "", nil
}
