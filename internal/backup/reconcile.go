package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	damagedIndex  = "index.json.damaged"
	damagedSuffix = ".damaged"
)

// Reconcile clears up after a crash, in all sets: what was half written is
// removed, a whole archive that no index knows is verified and adopted, a
// damaged index is rebuilt. Each is a note of its set. All that writes into a
// set does so too; it is for the start of rr.
func (s *Store) Reconcile(ctx context.Context) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := sweepFolder(s.dir); err != nil {
		return err
	}
	sets, err := s.allSets()
	if err != nil {
		return err
	}
	for _, set := range sets {
		if _, err := s.begin(ctx, set); err != nil {
			return fmt.Errorf("reconcile %s: %w", set, err)
		}
	}

	return nil
}

// begin gives the index of a set as it fits to what is there. It is called
// with the lock held, before anything is changed.
func (s *Store) begin(ctx context.Context, set string) (index, error) {
	x, err := s.readIndex(set)
	switch {
	case errors.Is(err, ErrIndex):
		s.keepDamagedIndex(set)
		x = index{Set: set}
		x.note(s.now(), "rebuilt the index from the archives: %v", err)
	case err != nil:
		return index{}, err
	}
	if err := s.sweep(set, &x); err != nil {
		return index{}, err
	}
	if err := s.adoptAll(ctx, set, &x); err != nil {
		return index{}, err
	}
	s.miss(&x)
	if !x.changed {
		return x, nil
	}
	x.changed = false

	return x, s.writeIndex(x)
}

// keepDamagedIndex keeps one for people to look at. That it cannot be kept must
// not keep it from being rebuilt.
func (s *Store) keepDamagedIndex(set string) {
	dir := s.folder(set)
	_ = os.Rename(filepath.Join(dir, indexName), filepath.Join(dir, damagedIndex))
}

// sweep removes what was being written or removed when rr ended.
func (s *Store) sweep(set string, x *index) error {
	for _, dir := range []string{s.folder(set), filepath.Join(s.folder(set), evidenceFolder)} {
		if err := sweepFolder(dir); err != nil {
			return err
		}
	}

	return s.leave(x)
}

func sweepFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tmpPrefix) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}

	return nil
}

// miss notes the archives that are gone, so that none of them is counted on.
func (s *Store) miss(x *index) {
	for i, b := range x.Backups {
		if b.Damaged != "" {
			continue
		}
		if _, err := os.Lstat(s.path(b)); errors.Is(err, fs.ErrNotExist) {
			x.Backups[i].Damaged = "its archive is gone"
			x.note(s.now(), "%s: its archive is gone", b.ID)
		}
	}
}

// leave removes the archives that the index has let go.
func (s *Store) leave(x *index) error {
	for _, name := range x.Leaving {
		err := os.Remove(filepath.Join(s.folder(x.Set), filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.failpoint("archive removed")
	}
	x.changed = x.changed || len(x.Leaving) > 0
	x.Leaving = nil

	return nil
}

func isArchive(name string) bool {
	return archiveName.MatchString(strings.TrimSuffix(strings.TrimSuffix(name, ".age"), plainSuffix)) && strings.Contains(name, plainSuffix)
}

// archives names the archives of a set, below its folder, the oldest first.
func (s *Store) archives(set string) ([]string, error) {
	var names []string
	for _, below := range []string{"", evidenceFolder + "/"} {
		entries, err := os.ReadDir(filepath.Join(s.folder(set), below))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if isArchive(e.Name()) {
				names = append(names, below+e.Name())
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })

	return names, nil
}

// adoptAll takes in the archives that the index does not know. Those that are
// damaged are set aside, unless the store is only looked at.
func (s *Store) adoptAll(ctx context.Context, set string, x *index) error {
	names, err := s.archives(set)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, b := range x.Backups {
		known[b.file()] = true
	}
	var found []Backup
	for _, name := range names {
		if known[name] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := s.adopt(set, name)
		if errors.Is(err, ErrDamaged) {
			x.note(s.now(), "set %s aside: %v", name, err)
			err = s.setAside(set, name)
		} else if err == nil {
			x.note(s.now(), "adopted %s", name)
			found = append(found, b)
		}
		if err != nil {
			return fmt.Errorf("adopt %s: %w", name, err)
		}
	}
	x.insert(found)

	return nil
}

// insert adds backups where their sequence says, or behind all others where that
// is taken. Where the sequence of one is unknown, the times in their names order
// them.
func (x *index) insert(found []Backup) {
	if slices.ContainsFunc(found, func(b Backup) bool { return b.Sequence == 0 }) {
		for i := range found {
			found[i].Sequence = 0
		}
	}
	taken := map[int64]bool{0: true}
	for _, b := range x.Backups {
		taken[b.Sequence] = true
	}
	for _, b := range found {
		x.Sequence = max(x.Sequence, b.Sequence)
	}
	for _, b := range found {
		if taken[b.Sequence] {
			x.Sequence++
			b.Sequence = x.Sequence
		}
		taken[b.Sequence] = true
		x.Backups = append(x.Backups, b)
	}
	slices.SortFunc(x.Backups, func(a, b Backup) int { return cmp.Compare(a.Sequence, b.Sequence) })
}

func (s *Store) setAside(set, name string) error {
	if s.looks {
		return nil
	}
	path := filepath.Join(s.folder(set), filepath.FromSlash(name))

	return os.Rename(path, path+damagedSuffix)
}

// adopt verifies an archive by its name alone, and by its manifest where an
// identity opens it. An ErrDamaged is one that is not what its name says.
func (s *Store) adopt(set, name string) (Backup, error) {
	f, err := os.OpenFile(filepath.Join(s.folder(set), filepath.FromSlash(name)), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return Backup{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Backup{}, err
	}
	b, err := named(set, name)
	if err != nil {
		return Backup{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if !info.Mode().IsRegular() {
		return Backup{}, fmt.Errorf("%w: it is not a plain file", ErrDamaged)
	}
	b.Size, b.Touched = info.Size(), info.ModTime().UTC().Truncate(1e6)
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return Backup{}, err
	}
	b.Archive = hex.EncodeToString(sum.Sum(nil))
	if b.ID != set+"/"+nameOf(b.Created, b.Archive) {
		return Backup{}, fmt.Errorf("%w: its sha256 is %.16s", ErrDamaged, b.Archive)
	}
	b.HashedAt = s.now()

	return s.lookInto(f, b)
}

// named is what the name of an archive says of it.
func named(set, name string) (Backup, error) {
	base, encrypted := strings.CutSuffix(filepath.Base(name), ".age")
	base = strings.TrimSuffix(base, plainSuffix)
	created, err := createdOf(base)
	b := Backup{ID: set + "/" + base, Set: set, State: Good, Encrypted: encrypted, Created: created, Touched: created}
	switch {
	case strings.HasPrefix(set, replacedFolder+"/"):
		b.State = Replaced
	case strings.HasPrefix(name, evidenceFolder+"/"):
		b.State = Evidence
	}

	return b, err
}

// lookInto adds what the manifest says. One that nobody here can open, or that
// is larger than today's limits, is known by its name only.
func (s *Store) lookInto(f *os.File, b Backup) (Backup, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Backup{}, err
	}
	b.Secret = s.options.Secret(strings.TrimPrefix(b.Set, replacedFolder+"/"))
	m, err := s.unpack(f, b.Encrypted, nil)
	switch {
	case errors.Is(err, ErrNoIdentity), errors.Is(err, ErrLimit):
		return b, nil
	case err != nil:
		return Backup{}, err
	case m.Set != b.Set || m.State != b.State || !m.Created.Equal(b.Created):
		return Backup{}, fmt.Errorf("%w: its manifest is of a backup of %s in state %s at %s", ErrDamaged, m.Set, m.State, m.Created)
	}
	b.Sequence, b.Secret, b.VerifiedAt = m.Sequence, b.Secret || m.Secret, s.now()
	s.describe(&b, m)

	return b, nil
}

// describe adds what the index tells of a manifest's files. Of secrets it tells
// that they did not validate, and why only where that quotes nothing of them.
func (b *Backup) describe(m Manifest) {
	b.Content, b.Files = m.Content, slices.Clone(m.Files)
	for i, e := range b.Files {
		if e.Problem == "" {
			continue
		}
		b.Files[i].Problem = e.problem(b.Secret)
		if b.Reason == "" {
			b.Reason = e.Path + ": " + b.Files[i].Problem
		}
	}
}

// folders names the folders of sets below another one, sorted.
func (s *Store) folders(below string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, below))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list sets: %w", err)
	}
	var sets []string
	for _, e := range entries {
		if e.IsDir() && checkSet(e.Name()) == nil {
			sets = append(sets, e.Name())
		}
	}

	return sets, nil
}

// allSets names all sets, also those of replaced files.
func (s *Store) allSets() ([]string, error) {
	sets, err := s.folders("")
	if err != nil {
		return nil, err
	}
	replaced, err := s.folders(replacedFolder)
	for _, set := range replaced {
		sets = append(sets, replacedFolder+"/"+set)
	}

	return sets, err
}
