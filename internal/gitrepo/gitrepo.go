// Package gitrepo reads a git checkout with the git command: where it is, where
// it comes from, and what a file was before. It writes nothing into it, asks no
// network, and runs nothing that the checkout names: no hook, no monitor, no
// filter, no pager.
//
// Read gitrepo.go (the checkout), command.go (one run of git), versions.go (what
// a file was), remote.go (where the checkout comes from) and changed.go.
//
// System git is used because it knows every kind of checkout: worktrees, shallow
// and partial clones, packed and split indexes.
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// What can keep rr from an answer, besides a git that fails.
var (
	ErrNoGit         = errors.New("git is not installed, or not on the PATH")
	ErrNotRepository = errors.New("not a git repository")
	// ErrUnsafe is git's own refusal to read what another user owns.
	ErrUnsafe    = errors.New("git does not trust the repository, which another user owns")
	ErrNoHistory = errors.New("there is no commit yet")
	ErrNoRemote  = errors.New("there is no remote origin of the form owner/name")
	// ErrNoVersion: the history is whole, and has none.
	ErrNoVersion = errors.New("no such version in the history")
	// ErrCannotTell: what there is of the history has none, and some is not here.
	ErrCannotTell = errors.New("cannot tell: a part of the history is not in this clone")
)

// DefaultTimeout bounds one run of git.
const DefaultTimeout = 30 * time.Second

// Repo is a checkout.
type Repo struct {
	// Dir is the top of the working tree, absolute, without symbolic links.
	Dir string
	// Timeout bounds one run of git; 0 is DefaultTimeout.
	Timeout time.Duration
}

// Open finds the checkout that a folder is in. Paths given to its methods are
// relative to its top.
func Open(ctx context.Context, dir string) (*Repo, error) {
	at, err := filepath.Abs(dir)
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err != nil {
		return nil, fmt.Errorf("open checkout: %w", err)
	}
	r := &Repo{Dir: at}
	out, err := r.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("open checkout %s: %w", dir, err)
	}
	top, err := filepath.EvalSymlinks(strings.TrimSuffix(string(out), "\n"))
	if err != nil {
		return nil, fmt.Errorf("open checkout %s: %w", dir, err)
	}
	// core.worktree may name any folder of this machine.
	if inside, err := filepath.Rel(top, at); err != nil || !filepath.IsLocal(inside) {
		return nil, fmt.Errorf("open checkout %s: its working tree is elsewhere: %s", dir, top)
	}
	r.Dir = top

	return r, nil
}

// Path is the path of a file of a folder from the top of the checkout, which may
// be above the folder; of a folder that is not below it, as if it were the top.
func (r *Repo) Path(dir, file string) string {
	real, err := filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		real = dir
	}
	below, err := filepath.Rel(r.Dir, real)
	if err != nil || !filepath.IsLocal(below) {
		below = "."
	}

	return path.Join(filepath.ToSlash(below), file)
}

// Head is the commit that is checked out, ErrNoHistory before the first.
func (r *Repo) Head(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var failed *failure
	if errors.As(err, &failed) && failed.code == 1 {
		return "", fmt.Errorf("read HEAD of %s: %w", r.Dir, ErrNoHistory)
	}
	if err != nil {
		return "", fmt.Errorf("read HEAD of %s: %w", r.Dir, err)
	}

	return strings.TrimSpace(string(out)), nil
}

// Branch is the branch that is checked out, also before its first commit; empty
// where HEAD is detached.
func (r *Repo) Branch(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	var failed *failure
	if errors.As(err, &failed) && failed.code == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read branch of %s: %w", r.Dir, err)
	}

	return strings.TrimSpace(string(out)), nil
}

// Shallow says whether the older history is not in this clone.
func (r *Repo) Shallow(ctx context.Context) (bool, error) {
	out, err := r.git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return false, fmt.Errorf("ask whether %s is shallow: %w", r.Dir, err)
	}

	return strings.TrimSpace(string(out)) == "true", nil
}

// local is a path as git writes it: relative to the top, with slashes.
func local(path string) (string, error) {
	if !filepath.IsLocal(path) || strings.ContainsAny(path, "\x00\n\r") {
		return "", fmt.Errorf("%q is no path in a checkout", path)
	}

	return filepath.ToSlash(filepath.Clean(path)), nil
}
