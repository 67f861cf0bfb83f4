package backup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lockName  = "lock"
	storeName = "store.json"
	lockStep  = 20 * time.Millisecond
)

// identity says which store a directory is, and that it is there: the folder
// under a missing mount has none.
type identity struct {
	Format   int    `json:"format"`
	ID       string `json:"id"`
	MirrorOf string `json:"mirror_of,omitempty"` // the id of the store it mirrors
}

// storeFormat is the version of a store's layout.
const storeFormat = 1

// newID is random enough never to be met again.
func newID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails

	return hex.EncodeToString(b)
}

// establish makes the directory private and a store, which it may be already.
func (s *Store) establish(fresh identity) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.private(); err != nil {
		return err
	}
	is, err := readIdentity(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		is, err = s.found(fresh)
	}
	s.id, s.mirror = is.ID, is.MirrorOf != ""

	return err
}

// found makes the directory the store that is asked for, unless another was
// quicker.
func (s *Store) found(fresh identity) (identity, error) {
	unlock, err := s.lock(context.Background()) // held for two small files
	if err != nil {
		return identity{}, err
	}
	defer unlock()
	if is, err := readIdentity(s.dir); !errors.Is(err, fs.ErrNotExist) {
		return is, err
	}
	if err := sweepFolder(s.dir); err != nil {
		return identity{}, err
	}
	fresh.Format = storeFormat

	return fresh, s.writeIdentity(fresh)
}

// private holds that nobody else reads what is backed up.
func (s *Store) private() error {
	info, err := os.Lstat(s.dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", s.dir)
	}
	if owner(info) != s.uid {
		return fmt.Errorf("%w: %s belongs to user %d, want %d", ErrRefused, s.dir, owner(info), s.uid)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return fmt.Errorf("others may read it: %w", err)
	}

	return nil
}

func readIdentity(dir string) (identity, error) {
	text, err := os.ReadFile(filepath.Join(dir, storeName))
	if err != nil {
		return identity{}, err
	}
	var is identity
	if err := json.Unmarshal(text, &is); err != nil || is.ID == "" {
		return identity{}, fmt.Errorf("%s in %s does not say which store this is (%v): restore it, or move the folder away", storeName, dir, err)
	}
	if is.Format > storeFormat {
		return identity{}, fmt.Errorf("%w: %s has format %d, of a newer rr", ErrRefused, dir, is.Format)
	}

	return is, nil
}

func (s *Store) writeIdentity(is identity) error {
	text, err := json.Marshal(is)
	if err != nil {
		return err
	}

	return s.replaceFile(filepath.Join(s.dir, storeName), append(text, '\n'))
}

// lock waits until no other, in this process or another one, writes into the
// store.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	if s.looks {
		return nil, errors.New("this store was opened to read only")
	}
	f, err := os.OpenFile(filepath.Join(s.dir, lockName), os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			f.Close()
			return nil, fmt.Errorf("lock the store: %w", err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("lock the store: another writes into it: %w", ctx.Err())
		case <-time.After(lockStep):
		}
	}
}

// replaceFile writes a file that is whole at every moment, and on disk when it
// returns.
func (s *Store) replaceFile(path string, text []byte) error {
	next := filepath.Join(filepath.Dir(path), tmpPrefix+newID())
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s.failpoint("file opened")
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	s.failpoint("file synced")
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	s.failpoint("file renamed")

	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()

	return dir.Sync()
}

// owner is the user whose file it is.
func owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// device is the filesystem that it is on.
func device(info fs.FileInfo) uint64 { return uint64(info.Sys().(*syscall.Stat_t).Dev) }
