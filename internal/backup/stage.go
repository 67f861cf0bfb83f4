package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stagePrefix begins the names of folders in which files wait until all of them
// are verified. It begins with a dot, for what watches a folder, such as PM2.
const stagePrefix = ".rr-restore-"

// ids are whom a restored file belongs to; -1 leaves it as it is.
type ids struct{ uid, gid int }

var noChange = ids{-1, -1}

// stage is a private folder on the filesystem of its root. It is locked while it
// is in use, so that the next one can tell what a crash left.
type stage struct {
	root *os.Root
	name string
	lock *os.File
}

func openStage(root *os.Root) (*stage, error) {
	if err := clearStages(root); err != nil {
		return nil, fmt.Errorf("clear what an earlier restore left in %s: %w", root.Name(), err)
	}
	name := stagePrefix + newID()
	if err := root.Mkdir(name, 0o700); err != nil {
		return nil, err
	}
	lock, err := root.Open(name)
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(err, root.RemoveAll(name))
	}

	return &stage{root: root, name: name, lock: lock}, nil
}

// ClearStages removes what a restore that was killed has left in the folder of a
// set: files that wait there for their place, which may be secret. What a restore
// that runs has there stays.
func ClearStages(dir string) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // nothing was restored into it
	}
	if err == nil {
		err = errors.Join(clearStages(root), root.Close())
	}
	if err != nil {
		return fmt.Errorf("clear what an earlier restore left in %s: %w", dir, err)
	}

	return nil
}

// clearStages removes the folders that nobody holds.
func clearStages(root *os.Root) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, stagePrefix) {
			if err := clearStage(root, name); err != nil {
				return err
			}
		}
	}

	return nil
}

func clearStage(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err != nil || !info.IsDir() {
		return nil // gone meanwhile, or not ours
	}
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil //nolint:nilerr // likewise
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil //nolint:nilerr // it is in use
	}

	return root.RemoveAll(name)
}

func (s *stage) path(i int) string { return path.Join(s.name, strconv.Itoa(i)) }

// put writes a file into the stage as it is to be in the end, and on disk.
func (s *stage) put(i int, e Entry, r io.Reader, of ids) error {
	f, err := s.root.OpenFile(s.path(i), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil && of != noChange {
		err = f.Chown(of.uid, of.gid)
	}
	if err == nil {
		err = f.Chmod(fs.FileMode(e.Mode))
	}

	return errors.Join(err, f.Sync(), f.Close())
}

// close removes the stage and what is left in it.
func (s *stage) close() error {
	return errors.Join(s.root.RemoveAll(s.name), s.lock.Close())
}
