// Package lastgood finds, in the history of a checkout, the newest version of a
// source file with which a broken or missing Netlify function would be valid.
// It writes nothing and runs nothing but git, and none of what it finds.
//
// A version counts only when the whole function, bundled in memory with that
// version in its place and everything else as it is, has no error.
package lastgood

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"rr/internal/functions"
	"rr/internal/gitrepo"
)

// ErrNoFile: what is wrong with the function is not in one file of source, so
// that no version of one mends it.
var ErrNoFile = errors.New("what is wrong is not in one file of source")

// maxFile is the largest file that is read, in bytes, as of a version in git.
const maxFile = 8 << 20

// Site is a look at a site's source.
type Site struct {
	Dir   string // of the site
	Found functions.Site
}

// Broken is a file that makes a function invalid, or that might make it again.
type Broken struct {
	Function string
	MainFile string // relative to the site's folder, with slashes
	File     string // to be restored: MainFile, or what it imports; likewise
	Content  []byte // as it is; nil where it is not there
}

// Files are the files that a function may be mended by: of one that is there the
// file that everything wrong is in, of a missing one those that could make it.
func (s Site) Files(name string) ([]Broken, error) {
	for _, f := range s.Found.Functions {
		if f.Name != name {
			continue
		}
		file, one := f.Culprit()
		if !one || f.Runtime != "js" {
			return nil, fmt.Errorf("%s: %w", name, ErrNoFile)
		}
		content, err := read(s.Dir, file)
		if err != nil {
			return nil, fmt.Errorf("%s: read %s: %w", name, file, err)
		}

		return []Broken{{Function: name, MainFile: f.MainFile, File: file, Content: content}}, nil
	}
	if name != path.Base(name) || name == "." || name == ".." {
		return nil, fmt.Errorf("%q is no name of a function", name)
	}
	var all []Broken
	for _, file := range s.Found.MainFiles(name) {
		all = append(all, Broken{Function: name, MainFile: file, File: file})
	}

	return all, nil
}

// Valid tells whether a function would be valid with a content in a file.
func (s Site) Valid(ctx context.Context, b Broken, content []byte) bool {
	f, err := functions.Try(ctx, s.Dir, functions.Options{}, functions.Trial{Name: b.Function, MainFile: b.MainFile, File: b.File, Content: content})

	return err == nil && !f.Broken() && f.Handler != "no"
}

// Version is a content that mends a function.
type Version struct {
	Broken
	Commit string
	New    []byte
}

// Newest finds the newest version in git that mends a function and differs from
// what is there. It errs with ErrNoFile, with gitrepo.ErrNoVersion, or with
// gitrepo.ErrCannotTell where a part of the history is not in the clone.
func (s Site) Newest(ctx context.Context, repo *gitrepo.Repo, name string) (Version, error) {
	files, err := s.Files(name)
	if err != nil {
		return Version{}, err
	}
	at := map[string]Broken{}
	var paths []string
	for _, b := range files {
		paths = append(paths, repo.Path(s.Dir, b.File))
		at[paths[len(paths)-1]] = b
	}
	if len(files) > 1 { // one question for all, since most never were
		if paths, err = repo.Known(ctx, paths); err != nil && !errors.Is(err, gitrepo.ErrNoHistory) {
			return Version{}, err
		}
	}
	err = fmt.Errorf("%s: %w", name, gitrepo.ErrNoVersion)
	for _, path := range paths {
		b := at[path]
		var version gitrepo.Version
		version, err = repo.NewestValid(ctx, path, b.Content, func(content []byte) bool { return s.Valid(ctx, b, content) })
		if err == nil {
			return Version{Broken: b, Commit: version.Commit, New: version.Content}, nil
		}
		if !errors.Is(err, gitrepo.ErrNoVersion) {
			return Version{}, err
		}
	}
	if shallow, shallowErr := repo.Shallow(ctx); shallowErr == nil && shallow {
		return Version{}, fmt.Errorf("%s: %w: the clone is shallow; run: git fetch --unshallow", name, gitrepo.ErrCannotTell)
	}

	return Version{}, err
}

// read reads a plain file below a folder, nil where it is not there.
func read(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()

	return Read(root, name)
}

// Read reads a plain file of source, nil where it is not there. A link is no
// plain file: what it leads to is not the site's to replace.
func Read(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no plain file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("it has more than %d MB", maxFile>>20)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if content == nil && err == nil {
		content = []byte{}
	}

	return content, err
}
