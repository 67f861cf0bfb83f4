package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"rr/internal/atomicfile"
	"rr/internal/workflowfile"
	"rr/schemas"
)

const folder = ".github/workflows"

// pathOf is the path of a workflow file below the checkout. A name that leads
// elsewhere is none.
func pathOf(id schemas.ID) (string, error) {
	name := id.Name()
	if name != path.Base(name) || path.Ext(name) != ".yml" && path.Ext(name) != ".yaml" {
		return "", fmt.Errorf("%s: %q is no name of a workflow file", id, name)
	}

	return path.Join(folder, name), nil
}

// checkout opens the folder of a checkout, if nobody is in the middle of
// something there: a file with the marks of a merge is invalid because a person
// is at work on it, and one may be missing while a person looks for the commit
// that broke something.
func (r Repository) checkout() (*os.Root, error) {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return nil, fmt.Errorf("open checkout: %w", err)
	}
	for _, mark := range []string{"MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_LOG"} {
		if _, err := os.Lstat(filepath.Join(gitDir(r.Dir), mark)); err == nil {
			return nil, errors.Join(refused("somebody is in the middle of something in %s: git has %s there", r.Dir, mark), root.Close())
		}
	}

	return root, nil
}

// gitDir is where git keeps what belongs to a checkout: .git of the folder or of
// the nearest one above, or what the file .git of a worktree names.
func gitDir(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	for up := dir; up != filepath.Dir(up); up = filepath.Dir(up) {
		if _, err := os.Lstat(filepath.Join(up, ".git")); err == nil {
			dir = up
			break
		}
	}
	at := filepath.Join(dir, ".git")
	text, err := os.ReadFile(at)
	if err != nil {
		return at
	}
	var named string
	if _, err := fmt.Sscanf(string(text), "gitdir: %s", &named); err != nil {
		return at
	}
	if !filepath.IsAbs(named) {
		named = filepath.Join(dir, named)
	}

	return named
}

// maxRead is the largest file that is replaced, in bytes: what it holds is kept
// whole.
const maxRead = 64 << 20

// readFile reads a workflow file, nil where it is not there.
func readFile(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, refused("%s is no plain file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()

	text, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	if len(text) > maxRead {
		return nil, refused("%s has more than %d bytes", name, maxRead)
	}
	if text == nil && err == nil {
		text = []byte{}
	}

	return text, err
}

// write puts a file into the checkout and keeps what it replaces.
func (r Repository) write(root *os.Root, name string, old, text []byte) (note string, err error) {
	if old != nil {
		kept, err := r.keepOld(name, old)
		if err != nil {
			return "", fmt.Errorf("keep what %s holds: %w", name, err)
		}
		note = "; what it held is kept as " + kept
	}
	now, err := readFile(root, name)
	if err != nil {
		return "", err
	}
	if (now == nil) != (old == nil) || string(now) != string(old) {
		return "", refused("%s was changed meanwhile", name)
	}
	if err := atomicfile.Write(root, name, text, 0o644); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}

	return note, nil
}

// keepOld keeps a content that is to be replaced. Nothing is lost.
func (r Repository) keepOld(name string, old []byte) (string, error) {
	if err := os.MkdirAll(r.Replace, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(r.Replace)
	if err != nil {
		return "", err
	}
	defer root.Close()
	kept := fmt.Sprintf("%s-%s-%s", r.Now().UTC().Format("20060102T150405Z"), workflowfile.Hash(old)[:8], path.Base(name))
	if err := atomicfile.Write(root, kept, old, 0o600); err != nil {
		return "", err
	}

	return filepath.Join(r.Replace, kept), nil
}

// notHealed refuses a file that is valid by now.
func notHealed(name string, text []byte) error {
	if text != nil && workflowfile.Check(name, text).Valid {
		return refused("%s is valid now", name)
	}

	return nil
}

// withFile opens the checkout and reads the file of a target.
func (r Repository) withFile(ctx context.Context, id schemas.ID, do func(ctx context.Context, root *os.Root, name string, text []byte) (string, error)) (string, error) {
	ctx, cancel := within(ctx)
	defer cancel()
	name, err := pathOf(id)
	if err != nil {
		return "", err
	}
	root, err := r.checkout()
	if err != nil {
		return "", err
	}
	defer root.Close()
	text, err := readFile(root, name)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}

	return do(ctx, root, name, text)
}
