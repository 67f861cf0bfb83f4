// Package backup looks at backups: what there is of each set, how old it is,
// when it was last verified and restored for practice, and whether the mirror
// has it too. It reads the index of the store and the names of the files, and
// writes nothing; where there is no store it makes none.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/schemas"
)

// Collector looks at all sets of one store.
type Collector struct {
	Now func() time.Time

	config atomic.Pointer[Config]
}

// Config is what a collector looks at.
type Config struct {
	Backup      schemas.BackupConfig
	Dir, Mirror string // absolute; no mirror where it is empty
	Options     backup.Options
	Sets        []backupsets.Set
}

// New returns a collector of a store.
func New(config Config, now func() time.Time) *Collector {
	c := &Collector{Now: now}
	c.Configure(config)

	return c
}

// Configure puts another configuration in force from the next look on.
func (c *Collector) Configure(config Config) { c.config.Store(&config) }

// Collect reads the index of every set.
func (c *Collector) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *c.config.Load()
	store, err := backup.Look(config.Dir, config.Options)
	if err != nil {
		return nil, err
	}
	l := look{config: config, store: store, now: c.Now().UTC(), prunable: map[string]int{}}
	if err := l.review(ctx); err != nil {
		return nil, err
	}
	l.openMirror()
	facts := schemas.BackupFacts{TakenAt: l.now, Sets: map[schemas.ID]schemas.BackupSet{}}
	for _, set := range config.Sets {
		found, err := l.set(ctx, set)
		if err != nil {
			return nil, fmt.Errorf("backup set %s: %w", set.Name, err)
		}
		facts.Sets[schemas.SetID(set.Name)] = found
	}

	return facts, nil
}

// look is one look at a store.
type look struct {
	config      Config
	store       *backup.Store
	now         time.Time
	prunable    map[string]int // by set
	mirror      *backup.Store  // nil where there is none
	mirrorError error
}

// review counts what pruning would let go.
func (l *look) review(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(l.config.Dir, "store.json")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	verdicts, err := l.store.Review(ctx, backupsets.Policy(l.config.Backup))
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if !v.Keep {
			l.prunable[v.Set]++
		}
	}

	return nil
}

func (l *look) openMirror() {
	if l.config.Mirror != "" {
		l.mirror, l.mirrorError = l.store.LookMirror(l.config.Mirror)
	}
}

func (l *look) set(ctx context.Context, set backupsets.Set) (schemas.BackupSet, error) {
	c := l.config.Backup
	facts := schemas.BackupSet{
		Name: set.Name, Secret: set.Secret, Encrypted: c.Encrypts(), EveryS: int64(set.Every / time.Second), Prunable: l.prunable[set.Name],
		Openable: "yes", Mirror: "off",
	}
	refused := backupsets.Refused(set, c)
	if !refused { // else nothing is looked into for a backup that is not made
		selected, err := set.Select(ctx, l.store)
		if err != nil {
			return facts, err
		}
		facts.Files = len(selected.Files)
	}
	// To do without the index every archive has to be read, at each look.
	if err := l.store.CheckIndex(set.Name); errors.Is(err, backup.ErrIndex) {
		facts.State, facts.Problem = schemas.SetDamaged, fmt.Sprintf("%v; the next backup makes it anew from the archives", err)
		if refused {
			facts.State, facts.Problem = schemas.SetRefused, ""
		}
		return facts, nil
	}
	all, err := l.store.List(ctx, set.Name)
	if err != nil {
		return facts, err
	}
	sum(&facts, all, l.now)
	if encrypted(all) && !c.HasIdentity() {
		facts.Openable = "no"
	}
	facts.State, facts.Problem = state(facts, all)
	if refused {
		facts.State, facts.Problem = schemas.SetRefused, ""
	}
	if l.config.Mirror != "" {
		if err := l.mirrored(ctx, &facts, all); err != nil {
			return facts, err
		}
	}

	return facts, nil
}

// sum gathers what the backups of a set, the newest last, say together.
func sum(facts *schemas.BackupSet, all []backup.Backup, now time.Time) {
	age := func(at time.Time) *int64 {
		seconds := int64(max(0, now.Sub(at)) / time.Second)
		return &seconds
	}
	for _, b := range all {
		facts.Bytes += b.Size
		facts.LastTryAgeS = least(facts.LastTryAgeS, age(b.Touched))
		if b.State == backup.Evidence {
			facts.Evidence++
			continue
		}
		if b.Damaged != "" {
			facts.Damaged++
			continue
		}
		facts.Backups++
		facts.LastGoodAgeS, facts.NewestAgeS = least(facts.LastGoodAgeS, age(b.Touched)), least(facts.NewestAgeS, age(b.Created))
		facts.LastVerifyAgeS = most(facts.LastVerifyAgeS, age(latest(b.Created, b.HashedAt, b.VerifiedAt)))
		if !b.DrilledAt.IsZero() {
			facts.LastDrillAgeS = least(facts.LastDrillAgeS, age(b.DrilledAt))
			ms := b.RestoreMS
			facts.RestoreMS = &ms
		}
	}
}

// state says what a set is in, and what is wrong with it.
func state(facts schemas.BackupSet, all []backup.Backup) (is, problem string) {
	good := slices.DeleteFunc(slices.Clone(all), func(b backup.Backup) bool { return b.State != backup.Good })
	newest := func(list []backup.Backup) backup.Backup {
		return slices.MaxFunc(list, func(a, b backup.Backup) int { return a.Touched.Compare(b.Touched) })
	}
	switch {
	case len(all) == 0 && facts.Files == 0:
		return schemas.SetEmpty, ""
	case len(all) == 0:
		return schemas.SetMissing, ""
	case len(good) > 0 && good[len(good)-1].Damaged != "":
		return schemas.SetDamaged, "the newest good one is damaged: " + good[len(good)-1].Damaged
	case newest(all).State == backup.Evidence:
		return schemas.SetInvalid, newest(all).Reason
	case facts.Files == 0:
		return schemas.SetInvalid, "its files are gone"
	}

	return schemas.SetOK, ""
}

// mirrored says whether the mirror has the newest good backup.
func (l *look) mirrored(ctx context.Context, facts *schemas.BackupSet, all []backup.Backup) error {
	if l.mirrorError != nil {
		facts.Mirror, facts.MirrorProblem = "missing", l.mirrorError.Error()
		return nil
	}
	err := l.mirror.CheckIndex(facts.Name)
	if errors.Is(err, backup.ErrIndex) {
		facts.Mirror, facts.MirrorProblem = "behind", err.Error()
		return nil
	}
	copies, err := l.mirror.List(ctx, facts.Name)
	if err != nil {
		return err
	}
	facts.Mirror = "ok"
	for _, b := range slices.Backward(all) {
		if b.State != backup.Good || b.Damaged != "" {
			continue
		}
		if !slices.ContainsFunc(copies, func(c backup.Backup) bool { return c.Archive == b.Archive && c.Damaged == "" }) {
			facts.Mirror, facts.MirrorProblem = "behind", b.ID+" is not there"
		}
		break
	}

	return nil
}

func encrypted(all []backup.Backup) bool {
	return slices.ContainsFunc(all, func(b backup.Backup) bool { return b.Encrypted })
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

func least(a, b *int64) *int64 {
	if a == nil || *b < *a {
		return b
	}

	return a
}

func most(a, b *int64) *int64 {
	if a == nil || *b > *a {
		return b
	}

	return a
}
