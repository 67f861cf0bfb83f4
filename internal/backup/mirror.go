package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Mirrored is what Mirror did.
type Mirrored struct {
	Copied  []string // ids
	Kept    int      // backups in the mirror now
	Removed []string // ids that the policy let go there
}

// InitMirror makes a folder the mirror of this store, by a file in it that says
// so. It is done once, by hand, when whatever is to be mounted there is.
func (s *Store) InitMirror(dir string) error {
	if err := s.initMirror(dir); err != nil {
		return fmt.Errorf("make %s a mirror: %w", dir, err)
	}

	return nil
}

func (s *Store) initMirror(dir string) error {
	other, err := s.apart(dir)
	if err != nil {
		return err
	}
	if err := other.establish(identity{ID: newID(), MirrorOf: s.id}); err != nil {
		return err
	}

	return s.checkMirror(dir)
}

// apart is a store in a folder that has nothing to do with this one's.
func (s *Store) apart(dir string) (*Store, error) {
	other, err := newStore(dir, s.options)
	if err != nil {
		return nil, err
	}
	mine, theirs := s.dir+string(filepath.Separator), other.dir+string(filepath.Separator)
	if strings.HasPrefix(mine, theirs) || strings.HasPrefix(theirs, mine) {
		return nil, fmt.Errorf("%w: it is not apart from the store in %s", ErrRefused, s.dir)
	}

	return other, nil
}

func (s *Store) checkMirror(dir string) error {
	is, err := readIdentity(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is not in it: is it mounted?", ErrNotMirror, storeName)
	case err != nil:
		return err
	case is.MirrorOf != s.id:
		return fmt.Errorf("%w: it mirrors %q, and this store is %q", ErrNotMirror, is.MirrorOf, s.id)
	}

	return nil
}

// LookMirror opens the mirror of this store to read only; see OpenMirror.
func (s *Store) LookMirror(dir string) (*Store, error) {
	other, err := s.apart(dir)
	if err == nil {
		err = s.checkMirror(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("look at the mirror %s: %w", dir, err)
	}
	other.looks, other.mirror = true, true

	return other, nil
}

// OpenMirror opens the mirror of this store, to list and verify what is in it.
// It is a store like any other. ErrNotMirror when something else is in the
// folder, or nothing: then what should be mounted there is not.
func (s *Store) OpenMirror(dir string) (*Store, error) {
	other, err := s.apart(dir)
	if err == nil {
		err = s.checkMirror(dir)
	}
	if err == nil {
		err = other.establish(identity{})
	}
	if err != nil {
		return nil, fmt.Errorf("open the mirror %s: %w", dir, err)
	}

	return other, nil
}

// Mirror copies the good backups of all sets to another folder, each verified
// before it is copied and read again from there. There the policy is applied to
// what both have together, so that the mirror keeps what this store has lost.
// Evidence and replaced files are not mirrored; the mirror's index tells nothing
// of what is in encrypted ones.
func (s *Store) Mirror(ctx context.Context, dir string, policy Policy) (Mirrored, error) {
	other, err := s.OpenMirror(dir)
	if err != nil {
		return Mirrored{}, err
	}
	done, err := s.mirrorTo(ctx, other, policy)
	if err != nil {
		return done, fmt.Errorf("mirror to %s: %w", dir, err)
	}

	return done, nil
}

func (s *Store) mirrorTo(ctx context.Context, other *Store, policy Policy) (Mirrored, error) {
	var done Mirrored
	if err := other.Reconcile(ctx); err != nil {
		return done, err
	}
	wanted, err := s.missing(ctx, other, policy)
	if err != nil {
		return done, err
	}
	for _, b := range wanted {
		if err := s.copyTo(ctx, other, b); err != nil {
			return done, fmt.Errorf("%s: %w", b.ID, err)
		}
		done.Copied = append(done.Copied, b.ID)
	}
	verdicts, err := other.Prune(ctx, policy)
	for _, v := range verdicts {
		if v.Keep {
			done.Kept++
		} else {
			done.Removed = append(done.Removed, v.ID)
		}
	}

	return done, err
}

// missing lists what the mirror should have and has not, or has damaged.
func (s *Store) missing(ctx context.Context, other *Store, policy Policy) ([]Backup, error) {
	sets, err := s.Sets()
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	var all []Backup
	theirs, err := other.Review(ctx, Policy{})
	if err != nil {
		return nil, err
	}
	for _, v := range theirs {
		if v.Damaged == "" {
			there[v.ID] = true
			all = append(all, v.Backup)
		}
	}
	for _, set := range sets {
		x, err := s.load(ctx, set)
		if err != nil {
			return nil, err
		}
		for _, b := range x.Backups {
			if b.State == Good && b.Damaged == "" && !there[b.ID] {
				all = append(all, b)
			}
		}
	}
	var wanted []Backup
	for _, v := range Keep(all, policy, s.now()) {
		if v.Keep && !there[v.ID] {
			wanted = append(wanted, v.Backup)
		}
	}

	return wanted, nil
}

// copyTo copies an archive whose bytes are right, and reads the copy again from
// its disk, as far as the system can be made to.
func (s *Store) copyTo(ctx context.Context, other *Store, b Backup) error {
	f, err := s.open(b)
	if err != nil {
		return err
	}
	defer f.Close()
	unlock, err := other.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := other.makeFolders(b.Set, b.State); err != nil {
		return err
	}
	x, err := other.begin(ctx, b.Set)
	if err != nil {
		return err
	}
	if err := other.receive(f, b); err != nil {
		return err
	}
	other.conceal(&b)
	b.HashedAt, b.VerifiedAt, b.DrilledAt, b.RestoreMS = other.now(), time.Time{}, time.Time{}, 0 // of this copy
	if known := x.find(b.ID); known != nil {
		b.Sequence = known.Sequence
		*known = b
	} else {
		x.insert([]Backup{b})
	}

	return other.writeIndex(x)
}

func (s *Store) receive(from io.Reader, b Backup) error {
	path := filepath.Join(s.folder(b.Set), tmpPrefix+newID())
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Sync()
	}
	s.failpoint("mirror synced")
	if err == nil {
		_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		err = checkArchive(f, b.Archive, b.Size)
	}
	if err == nil {
		err = os.Rename(path, s.path(b))
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	s.failpoint("mirror renamed")

	return syncDir(s.folder(b.Set))
}
