// Package atomicfile writes files that are whole at every moment: a reader, a
// crash and a full disk find the old content or the new one, never half.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// suffix ends the name of what is written first. It is always the same, so that
// a crash leaves one file at most.
const suffix = ".rr-new"

// Write puts text into a file below root, by a slash separated path, and makes
// the folders that it needs. A new file gets mode, one that is replaced keeps
// its own. What is no plain file is not replaced: a link may lead elsewhere.
func Write(root *os.Root, name string, text []byte, mode fs.FileMode) error {
	info, err := root.Lstat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is no plain file", name)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := fill(root, name+suffix, text, mode); err != nil {
		return err
	}
	if err := root.Rename(name+suffix, name); err != nil {
		return errors.Join(err, root.Remove(name+suffix))
	}

	return syncDir(root, path.Dir(name))
}

// fill writes a new file, and removes it where that does not succeed.
func fill(root *os.Root, name string, text []byte, mode fs.FileMode) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, root.Remove(name))
	}

	return nil
}

func syncDir(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()

	return dir.Sync()
}
