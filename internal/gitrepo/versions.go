package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// DefaultVersions is how many commits of a file are looked at.
const DefaultVersions = 1000

// maxBlob is the largest version that is read, in bytes. Larger ones are left
// out.
const maxBlob = maxOutput

// Version is a file as one commit has it.
type Version struct {
	Commit  string    // full hash
	Blob    string    // hash of the content, as git names it
	Time    time.Time // of the commit, UTC
	Content []byte
}

// Versions yields what a file was, the newest first, from the newest max commits
// that touched it (0 for DefaultVersions) and are reachable from HEAD. A content
// that it had several times is yielded once, a commit that deleted it not at
// all. An error ends it. In a shallow clone, and with a small max, there may be
// more than is yielded.
func (r *Repo) Versions(ctx context.Context, path string, max int) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		versions, err := r.list(ctx, path, max)
		if err != nil {
			yield(Version{}, fmt.Errorf("read history of %s: %w", path, err))
			return
		}
		for _, v := range versions {
			v.Content, err = r.git(ctx, "cat-file", "blob", v.Blob)
			if err != nil {
				yield(Version{}, fmt.Errorf("read %s as of %.12s: %w", path, v.Commit, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// list are the versions of a file, without their content.
func (r *Repo) list(ctx context.Context, path string, max int) ([]Version, error) {
	path, err := local(path)
	if err != nil {
		return nil, err
	}
	if _, err := r.Head(ctx); err != nil {
		return nil, err
	}
	if max <= 0 {
		max = DefaultVersions
	}
	out, err := r.git(ctx, "log", "--format=%H %ct", "--full-history", "--max-count="+strconv.Itoa(max), "HEAD", "--", path)
	if err != nil {
		return nil, err
	}
	var commits []Version
	var names bytes.Buffer
	for line := range strings.Lines(string(out)) {
		commit, seconds, _ := strings.Cut(strings.TrimSpace(line), " ")
		unix, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("git log prints %q", line)
		}
		commits = append(commits, Version{Commit: commit, Time: time.Unix(unix, 0).UTC()})
		fmt.Fprintf(&names, "%s:%s\n", commit, path)
	}
	if len(commits) == 0 {
		return nil, nil
	}
	out, err = r.feed(ctx, &names, "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
	if err != nil {
		return nil, err
	}

	return blobs(commits, string(out))
}

// blobs gives each commit its blob, and leaves out those without one and with
// one that was seen.
func blobs(commits []Version, checked string) ([]Version, error) {
	lines := strings.Split(strings.TrimSuffix(checked, "\n"), "\n")
	if len(lines) != len(commits) {
		return nil, fmt.Errorf("git cat-file answers %d of %d questions", len(lines), len(commits))
	}
	var found []Version
	seen := map[string]bool{}
	for i, v := range commits {
		fields := strings.Fields(lines[i])
		if strings.HasPrefix(lines[i], v.Commit+":") || len(fields) != 3 || fields[1] != "blob" || seen[fields[0]] {
			continue // missing, a folder, a submodule, or known
		}
		seen[fields[0]] = true
		if size, err := strconv.Atoi(fields[2]); err != nil || size > maxBlob {
			continue
		}
		v.Blob = fields[0]
		found = append(found, v)
	}

	return found, nil
}

// NewestValid is the newest version of a file that is valid and differs from
// what is there now, nil for a file that is not. It errs with ErrNoVersion, or
// with ErrCannotTell where one may be in a part of the history that this clone
// does not have.
func (r *Repo) NewestValid(ctx context.Context, path string, current []byte, valid func([]byte) bool) (Version, error) {
	for v, err := range r.Versions(ctx, path, 0) {
		switch {
		case errors.Is(err, ErrNoHistory):
			return Version{}, fmt.Errorf("%w: %w", ErrNoVersion, err)
		case err != nil:
			return Version{}, err
		case (current == nil || !bytes.Equal(v.Content, current)) && valid(v.Content):
			return v, nil
		}
	}
	shallow, err := r.Shallow(ctx)
	switch {
	case err != nil:
		return Version{}, err
	case shallow:
		return Version{}, fmt.Errorf("look for a valid %s: %w: it is shallow; run: git fetch --unshallow", path, ErrCannotTell)
	}

	return Version{}, fmt.Errorf("look for a valid %s: %w", path, ErrNoVersion)
}
