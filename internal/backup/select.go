package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxWalked bounds how many names Select looks at.
const maxWalked = 200_000

// Selection is what Select found.
type Selection struct {
	Files   []File   // sorted by path
	Skipped []string // what a glob names and is not taken, and why
}

// Select finds the plain files below a folder that globs name: "**" stands for
// any number of folders, {a,b} for a or b, and a glob that begins with "!" takes
// away from what the others name. The path of a file in the backup is its path
// below the folder, behind the prefix when there is one.
//
// Links are never followed. .git, node_modules and this store are never looked
// into. What a glob names and is no plain file is told as skipped.
func (s *Store) Select(ctx context.Context, dir, prefix string, globs ...string) (Selection, error) {
	found, err := s.selectFiles(ctx, dir, prefix, globs)
	if err != nil {
		return Selection{}, fmt.Errorf("select files of %s: %w", dir, err)
	}

	return found, nil
}

func (s *Store) selectFiles(ctx context.Context, dir, prefix string, texts []string) (Selection, error) {
	w := &walk{dir: dir, prefix: prefix, limit: s.options.MaxFiles}
	for _, text := range texts {
		to := &w.wanted
		if rest, ok := strings.CutPrefix(text, "!"); ok {
			to, text = &w.unwanted, rest
		}
		globs, err := parseGlobs(text)
		if err != nil {
			return Selection{}, err
		}
		*to = append(*to, globs...)
	}
	if !filepath.IsAbs(dir) {
		return Selection{}, fmt.Errorf("%q is not absolute", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Selection{}, err
	}
	defer root.Close()
	w.root = root
	if w.store, err = os.Stat(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Selection{}, err
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}

		return w.visit(name, d, err)
	})
	if err != nil {
		return Selection{}, err
	}
	slices.SortFunc(w.found.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })

	return w.found, nil
}

// walk is one Select while it runs.
type walk struct {
	root             *os.Root
	dir, prefix      string
	wanted, unwanted []glob
	store            fs.FileInfo
	limit, walked    int
	found            Selection
}

func (w *walk) visit(name string, d fs.DirEntry, err error) error {
	if name == "." {
		return err
	}
	if w.walked++; w.walked > maxWalked {
		return fmt.Errorf("%d names: %w: name a folder further below", w.walked, ErrLimit)
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	elements := strings.Split(name, "/")
	if d.IsDir() {
		return w.enter(name, elements, d)
	}
	if !w.names(elements) {
		return nil
	}

	return w.take(name, d)
}

// enter says whether to look into a folder.
func (w *walk) enter(name string, elements []string, d fs.DirEntry) error {
	if d.Name() == ".git" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), stagePrefix) || w.isStore(name) {
		return fs.SkipDir
	}
	if !slices.ContainsFunc(w.wanted, func(g glob) bool { return g.below(elements) }) {
		return fs.SkipDir
	}

	return nil
}

func (w *walk) isStore(name string) bool {
	info, err := w.root.Lstat(name)

	return w.store != nil && err == nil && os.SameFile(info, w.store)
}

func (w *walk) names(elements []string) bool {
	matches := func(g glob) bool { return g.match(elements) }

	return slices.ContainsFunc(w.wanted, matches) && !slices.ContainsFunc(w.unwanted, matches)
}

func (w *walk) take(name string, d fs.DirEntry) error {
	logical := path.Join(w.prefix, name)
	switch err := checkPath(logical); {
	case !d.Type().IsRegular():
		w.found.Skipped = append(w.found.Skipped, fmt.Sprintf("%s is %s", name, kindOf(d.Type())))
		return nil
	case err != nil:
		w.found.Skipped = append(w.found.Skipped, err.Error())
		return nil
	}
	w.found.Files = append(w.found.Files, File{Path: logical, Root: w.dir, From: name})
	if len(w.found.Files) > w.limit {
		return fmt.Errorf("more than %d files: %w (max_files)", w.limit, ErrLimit)
	}

	return nil
}
