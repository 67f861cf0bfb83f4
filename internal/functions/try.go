package functions

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// Trial is a content that one file of a function might have.
type Trial struct {
	Name     string // of the function
	MainFile string // of the function, relative to the site's root, with slashes
	File     string // that has the content: MainFile or what it imports, likewise
	Content  []byte
}

// Try tells what a function in JavaScript would be with another content in one
// file, which need not be there yet. Everything else is as it is on disk, and
// nothing is written.
func Try(ctx context.Context, dir string, o Options, trial Trial) (Function, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return Function{}, fmt.Errorf("try a source of %s: %w", trial.Name, err)
	}
	s := &search{Options: o, site: Site{Root: root}, measured: newMeasured(), instead: map[string][]byte{}}
	s.Parallel = 1
	s.readToml()
	s.findDirectory()
	at := s.abs(trial.File)
	content := trial.Content
	if content == nil {
		content = []byte{}
	}
	s.instead[at] = content
	if real, err := filepath.EvalSymlinks(filepath.Dir(at)); err == nil { // as esbuild asks for it
		s.instead[filepath.Join(real, filepath.Base(at))] = content
	}
	c := candidate{name: trial.Name, source: trial.MainFile, main: trial.MainFile, runtime: "js", size: int64(len(content))}
	if inside := path.Dir(trial.MainFile); inside != s.site.Dir {
		c.source, c.folder = inside, true
	}
	if err := s.inspect(ctx, map[string]candidate{trial.Name: c}); err != nil {
		return Function{}, err
	}
	s.settle()

	return s.site.Functions[0], nil
}

// Culprit is the one file that everything is in that breaks a function, and
// false where there are several, or where it is no file of source.
func (f Function) Culprit() (file string, ok bool) {
	for _, p := range f.Problems {
		if p.Severity != Error || p.File == file {
			continue
		}
		if file != "" || !slices.Contains(extensions, extension(path.Base(p.File))) && extension(path.Base(p.File)) != ".json" {
			return "", false
		}
		file = p.File
	}

	return file, file != "" && extension(path.Base(file)) != ".zip" && filepath.IsLocal(filepath.FromSlash(file))
}

// MainFiles are the files that could make a function of a name, those that
// count most first, relative to the site's root.
func (s Site) MainFiles(name string) []string {
	var files []string
	for _, ext := range mainExtensions {
		files = append(files, path.Join(s.Dir, name, name+ext), path.Join(s.Dir, name, "index"+ext))
	}
	for _, ext := range extensions {
		if ext != ".zip" {
			files = append(files, path.Join(s.Dir, name+ext))
		}
	}

	return files
}
