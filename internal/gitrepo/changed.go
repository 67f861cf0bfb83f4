package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Changed says whether a file differs from the commit that is checked out: it
// was changed, added or deleted, staged or not. Line ends alone are no
// difference, because git may write others into a checkout than into a commit.
// The filters of a checkout are not asked: they are programs.
func (r *Repo) Changed(ctx context.Context, path string) (bool, error) {
	changed, err := r.changed(ctx, path)
	if err != nil {
		return false, fmt.Errorf("compare %s with HEAD: %w", path, err)
	}

	return changed, nil
}

func (r *Repo) changed(ctx context.Context, path string) (bool, error) {
	path, err := local(path)
	if err != nil {
		return false, err
	}
	now, there, err := r.readFile(path)
	if err != nil {
		return false, err
	}
	committed, known, err := r.committed(ctx, path)
	if err != nil || there != known {
		return there != known, err
	}

	return there && !bytes.Equal(unixLines(now), unixLines(committed)), nil
}

func unixLines(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// readFile reads a file of the checkout; one that a link leads out of it is not
// read.
func (r *Repo) readFile(path string) (content []byte, there bool, err error) {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return nil, false, err
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := root.Readlink(filepath.FromSlash(path))
		return []byte(target), true, err // as git keeps it
	case !info.Mode().IsRegular():
		return nil, false, errors.New("not a file")
	}
	f, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, maxOutput+1))
	if err == nil && len(content) > maxOutput {
		err = errTooMuch
	}

	return content, true, err
}

// committed reads a file as the commit that is checked out has it.
func (r *Repo) committed(ctx context.Context, path string) (content []byte, known bool, err error) {
	head, err := r.Head(ctx)
	if errors.Is(err, ErrNoHistory) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	out, err := r.git(ctx, "ls-tree", "-z", "--full-tree", head, "--", path)
	if err != nil || len(out) == 0 {
		return nil, false, err
	}
	content, err = r.git(ctx, "cat-file", "blob", head+":"+path)

	return content, err == nil, err
}
