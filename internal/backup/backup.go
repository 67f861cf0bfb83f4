// Package backup keeps backups of sets of files and puts them back. It never
// overwrites what it could not verify, never forgets the last good backup of a
// set, and restores nothing before all of it was verified.
//
// A store is a private directory:
//
//	store.json                                     which store this is
//	<set>/index.json                               what there is of a set
//	<set>/<time>-<hash>.tar.zst[.age]              a good backup
//	<set>/evidence/<time>-<hash>.tar.zst[.age]     content that did not validate
//	replaced/<set>/...                             what restores replaced, kept alike
//
// A backup is one file that needs no rr to be opened:
//
//	age -d -i key.txt BACKUP.tar.zst.age | zstd -d | tar x
//
// Its first entry is manifest.json, all others are below files/. The hash in its
// name is the beginning of the sha256 of the file itself, so that an archive
// can be verified when the index is lost.
//
// Read it as name.go and manifest.go (what a backup is called and holds), pack.go
// and unpack.go (its bytes, ours and those of a stranger), index.go, indexcache.go,
// lock.go and reconcile.go (what the store remembers, and how it learns it anew), create.go
// and gather.go, verify.go, pick.go, plan.go, place.go, stage.go and restore.go,
// keep.go and prune.go, mirror.go, select.go and glob.go (what a set is made of).
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"
)

// Errors that callers tell apart.
var (
	ErrDamaged    = errors.New("the backup is damaged")
	ErrNoIdentity = errors.New("no identity opens this backup")
	ErrLimit      = errors.New("larger than the limit")
	ErrSecret     = errors.New("the set holds secrets and nothing encrypts it")
	ErrEmpty      = errors.New("there is nothing to back up")
	ErrNone       = errors.New("no such backup")
	ErrRefused    = errors.New("refused")
	ErrChanged    = errors.New("changed since the plan was made")
	ErrNotMirror  = errors.New("not the mirror of this store")
	ErrIndex      = errors.New("the index is damaged")
	ErrNotNoted   = errors.New("what was found is not noted")
)

// How archives are encrypted.
const (
	EncryptAge  = "age"  // for the recipients
	EncryptNone = "none" // not at all, secrets neither
)

// The limits where Options name none.
const (
	DefaultMaxFile  = 32 << 20
	DefaultMaxTotal = 256 << 20
	DefaultMaxFiles = 10_000
	DefaultEvidence = 5
	DefaultReplaced = 10
)

// Options say how a store behaves.
type Options struct {
	// Recipients are age recipients ("age1...") for whom archives are encrypted.
	Recipients []string

	// Encrypt is EncryptAge, EncryptNone, or empty: then sets are encrypted where
	// there are recipients, and a set that holds secrets is refused where not.
	Encrypt string

	// Identities open encrypted archives; nil where this machine has none. Then
	// backups are made, but neither looked into nor restored.
	Identities func() ([]age.Identity, error)

	// Secret says whether a set holds secrets; no set does when nil.
	Secret func(set string) bool

	// MaxFile and MaxTotal bound one file and all files of a backup, in bytes;
	// MaxFiles how many there are. All content of a backup is in memory once.
	MaxFile, MaxTotal int64
	MaxFiles          int

	// Evidence and Replaced are how many of those are kept per set.
	Evidence, Replaced int

	// Version and Host are written into manifests.
	Version, Host string

	// Clock tells the time; time.Now when nil.
	Clock func() time.Time

	// Failpoint is told each step, so that a test can end the process there.
	Failpoint func(step string)
}

// Store is a directory of backups. It may be used by several goroutines and
// processes; a lock lets one write at a time.
type Store struct {
	options    Options
	dir        string
	id         string
	mirror     bool // of another store
	looks      bool // and never writes
	recipients []age.Recipient
	uid        int // who rr is, as whom files are restored
	cache      cache
}

// Open opens a store, and makes it where there is none.
func Open(dir string, options Options) (*Store, error) {
	s, err := newStore(dir, options)
	if err != nil {
		return nil, fmt.Errorf("open the backups in %s: %w", dir, err)
	}
	if err := s.establish(identity{ID: newID()}); err != nil {
		return nil, fmt.Errorf("open the backups in %s: %w", dir, err)
	}

	return s, nil
}

// Reopen opens a store that is there; fs.ErrNotExist where there is none.
func Reopen(dir string, options Options) (*Store, error) {
	if _, err := readIdentity(dir); err != nil {
		return nil, fmt.Errorf("open the backups in %s: %w", dir, err)
	}

	return Open(dir, options)
}

// Look opens a store to read only: where there is none it makes none, and what
// it finds damaged it leaves as it is. Where an index cannot be believed it goes
// by the archives themselves, each time it is asked.
func Look(dir string, options Options) (*Store, error) {
	s, err := newStore(dir, options)
	if err != nil {
		return nil, fmt.Errorf("look at the backups in %s: %w", dir, err)
	}
	s.looks = true
	is, err := readIdentity(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look at the backups in %s: %w", dir, err)
	}
	s.id, s.mirror = is.ID, is.MirrorOf != ""

	return s, nil
}

func newStore(dir string, options Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	recipients, err := parseRecipients(options.Recipients)
	if err != nil {
		return nil, err
	}
	switch options.Encrypt {
	case "", EncryptNone:
	case EncryptAge:
		if len(recipients) == 0 {
			return nil, errors.New(`encrypt is "age" and no recipients are named`)
		}
	default:
		return nil, fmt.Errorf("encrypt is %q, want %q or %q", options.Encrypt, EncryptAge, EncryptNone)
	}

	return &Store{options: withDefaults(options), dir: dir, recipients: recipients, uid: os.Geteuid()}, nil
}

func withDefaults(o Options) Options {
	for limit, value := range map[*int64]int64{&o.MaxFile: DefaultMaxFile, &o.MaxTotal: DefaultMaxTotal} {
		if *limit <= 0 {
			*limit = value
		}
	}
	for limit, value := range map[*int]int{&o.MaxFiles: DefaultMaxFiles, &o.Evidence: DefaultEvidence, &o.Replaced: DefaultReplaced} {
		if *limit <= 0 {
			*limit = value
		}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Secret == nil {
		o.Secret = func(string) bool { return false }
	}

	return o
}

// Dir is the absolute path of the store.
func (s *Store) Dir() string { return s.dir }

// List gives the backups of a set, the newest last; none for a set that has
// none. A damaged index is rebuilt first, see Notes.
func (s *Store) List(ctx context.Context, set string) ([]Backup, error) {
	x, err := s.load(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("list backups of %s: %w", set, err)
	}

	return x.Backups, nil
}

// ListAll gives the backups of a set, and then what restores of it replaced.
func (s *Store) ListAll(ctx context.Context, set string) ([]Backup, error) {
	all, err := s.List(ctx, set)
	if err != nil {
		return nil, err
	}
	replaced, err := s.List(ctx, ReplacedBy(set))
	if err != nil {
		return nil, err
	}

	return slices.Concat(all, replaced), nil
}

// Notes gives what rr did to a set's index without being asked: rebuilt it,
// adopted an archive, set one aside.
func (s *Store) Notes(ctx context.Context, set string) ([]Note, error) {
	x, err := s.load(ctx, set)
	if err != nil {
		return nil, fmt.Errorf("list notes on %s: %w", set, err)
	}

	return x.Notes, nil
}

// Sets names the sets that have a folder here, sorted, without those of
// replaced files.
func (s *Store) Sets() ([]string, error) {
	return s.folders("")
}

// Get gives the backup of an id; ErrNone when there is none.
func (s *Store) Get(ctx context.Context, id string) (Backup, error) {
	set, _, err := splitID(id)
	if err != nil {
		return Backup{}, fmt.Errorf("backup %q: %w: %w", id, ErrNone, err)
	}
	x, err := s.load(ctx, set)
	if err != nil {
		return Backup{}, fmt.Errorf("backup %s: %w", id, err)
	}
	b := x.find(id)
	if b == nil {
		return Backup{}, fmt.Errorf("backup %s: %w", id, ErrNone)
	}

	return *b, nil
}

func (s *Store) now() time.Time { return s.options.Clock().UTC().Truncate(time.Millisecond) }

func (s *Store) failpoint(step string) {
	if s.options.Failpoint != nil {
		s.options.Failpoint(step)
	}
}
