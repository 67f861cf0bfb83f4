package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Blobs are the hashes of the files below a folder as the commit that is checked
// out has them, by path from the top; none before the first commit. It is one
// question for any number of files.
func (r *Repo) Blobs(ctx context.Context, dir string) (map[string]string, error) {
	dir, err := local(dir)
	if err != nil {
		return nil, err
	}
	head, err := r.Head(ctx)
	if errors.Is(err, ErrNoHistory) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	args := []string{"ls-tree", "-r", "-z", "--full-tree", head}
	if dir != "." {
		args = append(args, "--", dir)
	}
	out, err := r.git(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s as of %.12s: %w", dir, head, err)
	}
	blobs := map[string]string{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, found := strings.Cut(entry, "\t")
		if fields := strings.Fields(about); found && len(fields) == 3 && fields[1] == "blob" {
			blobs[path] = fields[2]
		}
	}

	return blobs, nil
}

// Known are those of some paths that the history has, what was touched last
// first. Each is a path from the top; none is a pattern.
func (r *Repo) Known(ctx context.Context, paths []string) ([]string, error) {
	asked := map[string]bool{}
	args := []string{"log", "--format=", "--name-only", "-z", "--no-renames", "--max-count=1000", "HEAD", "--"}
	for _, path := range paths {
		path, err := local(path)
		if err != nil {
			return nil, err
		}
		asked[path] = true
		args = append(args, path)
	}
	if len(asked) == 0 {
		return nil, nil
	}
	if _, err := r.Head(ctx); err != nil {
		return nil, err
	}
	out, err := r.git(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("look for paths in the history: %w", err)
	}
	var known []string
	for path := range strings.SplitSeq(string(out), "\x00") {
		path = strings.TrimSpace(path)
		if asked[path] {
			asked[path] = false
			known = append(known, path)
		}
	}

	return known, nil
}

// middle are the files and folders by which git remembers that somebody is in
// the middle of something.
var middle = [...]string{"MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"}

// InMiddle names what somebody is in the middle of in the checkout, a merge or a
// rebase as git's own mark of it, and is empty where nobody is.
func (r *Repo) InMiddle(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return "", fmt.Errorf("look for a merge in %s: %w", r.Dir, err)
	}

	return markIn(strings.TrimSuffix(string(out), "\n"))
}

func markIn(gitDir string) (string, error) {
	for _, mark := range middle {
		_, err := os.Lstat(filepath.Join(gitDir, mark))
		if err == nil {
			return mark, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}

	return "", nil
}
