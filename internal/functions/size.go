package functions

import (
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// measured remembers what was measured in one look, so that what many functions
// share is measured once.
type measured struct {
	mu        sync.Mutex
	included  map[string][]sized
	deflated  map[string]int64
	manifests map[string]map[string]bool // packages that a package.json names, by folder
}

// sized is a file and its size in bytes.
type sized struct {
	path string
	size int64
}

func newMeasured() *measured {
	return &measured{included: map[string][]sized{}, deflated: map[string]int64{}, manifests: map[string]map[string]bool{}}
}

// measure estimates the archive of a function. What is in it is summed up; only
// where that is over the limit of the archive is it compressed, to nowhere, to
// learn what the archive would have.
func (s *search) measure(ctx context.Context, one *subject) {
	files := s.contents(one)
	var sum int64
	for _, file := range files {
		sum += file.size
	}
	sum += one.bundleSize()
	one.Size = sum
	one.SizeAtLeast = one.bundled != nil && one.bundled.packages
	switch {
	case one.file.isArchive() || sum <= MaxZipped:
	case sum <= MaxUnzipped:
		one.Size = s.measured.compress(ctx, files) + one.bundleSize()
	default:
		one.problem(Problem{File: one.Source, Kind: KindSize, Severity: Error,
			Message: fmt.Sprintf("holds %d MB, and Netlify takes %d MB at most before compression; leave out files or split it", sum>>20, MaxUnzipped>>20)})
		return
	}
	if one.Size > MaxZipped {
		one.problem(Problem{File: one.Source, Kind: KindSize, Severity: Error,
			Message: fmt.Sprintf("its archive would have %d MB, and Netlify takes %d MB at most; leave out files or split it", one.Size>>20, MaxZipped>>20)})
	}
}

// isArchive tells whether a function is an archive already.
func (c candidate) isArchive() bool { return extension(path.Base(c.source)) == ".zip" }

// bundleSize is what esbuild tells of the size of a function: of one that
// Netlify bundles with esbuild the bundle, of another all its files.
func (one *subject) bundleSize() int64 {
	switch {
	case one.bundled == nil:
		return one.mainBytes
	case one.Bundler == "esbuild":
		return one.bundled.output
	case one.Bundler == "none":
		return one.mainBytes
	}

	return one.bundled.inputs
}

// contents are the files of a function that esbuild tells nothing of.
func (s *search) contents(one *subject) []sized {
	var files []sized
	if one.bundled == nil && one.mainBytes == 0 {
		if info, err := os.Stat(s.abs(one.MainFile)); err == nil && info.Mode().IsRegular() {
			files = append(files, sized{s.abs(one.MainFile), info.Size()})
		}
	}
	patterns := texts(one.settings["includedFiles"])
	if len(patterns) == 0 || one.Bundler == "" {
		return files
	}
	base := s.abs(s.site.Base)
	if !one.fromToml {
		base = s.abs(path.Dir(one.MainFile))
	}

	return append(files, s.measured.include(base, patterns)...)
}

// maxIncluded is how many files are looked at for one set of patterns.
const maxIncluded = 100_000

// include finds the files that patterns name; one with ! in front leaves out.
func (m *measured) include(base string, patterns []string) []sized {
	key := base + "\x00" + strings.Join(patterns, "\x00")
	m.mu.Lock()
	defer m.mu.Unlock()
	if files, known := m.included[key]; known {
		return files
	}
	found := map[string]int64{}
	for _, pattern := range patterns {
		if !strings.HasPrefix(pattern, "!") {
			includeGlob(base, path.Clean(pattern), found)
		}
	}
	for _, pattern := range patterns {
		without, isExclusion := strings.CutPrefix(pattern, "!")
		glob := compileGlob(path.Clean(without))
		if !isExclusion || glob == nil {
			continue
		}
		for file := range found {
			if rel, err := filepath.Rel(base, file); err == nil && glob.MatchString(filepath.ToSlash(rel)) {
				delete(found, file)
			}
		}
	}
	var files []sized
	for _, file := range sortedKeys(found) {
		files = append(files, sized{file, found[file]})
	}
	m.included[key] = files

	return files
}

// includeGlob adds the plain files that one pattern names.
func includeGlob(base, pattern string, found map[string]int64) {
	fixed := pattern
	if i := strings.IndexAny(pattern, "*?[{!"); i >= 0 {
		fixed = path.Dir(pattern[:i] + "x")
	}
	glob := compileGlob(pattern)
	if glob == nil {
		return
	}
	looked := 0
	// What cannot be read is not counted: the size is a lower bound then.
	_ = filepath.WalkDir(filepath.Join(base, fixed), func(file string, entry fs.DirEntry, err error) error {
		if looked++; err != nil || looked > maxIncluded {
			return fs.SkipDir
		}
		rel, relErr := filepath.Rel(base, file)
		if !entry.Type().IsRegular() || relErr != nil || !glob.MatchString(filepath.ToSlash(rel)) {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			found[file] = info.Size()
		}
		return nil
	})
}

// compress is the size of files once compressed. Each is read in pieces.
func (m *measured) compress(ctx context.Context, files []sized) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var sum int64
	for _, file := range files {
		size, known := m.deflated[file.path]
		if !known {
			size = deflate(ctx, file)
			m.deflated[file.path] = size
		}
		sum += size
	}

	return sum
}

// deflate is the compressed size of one file; its size where it cannot be read.
func deflate(ctx context.Context, file sized) int64 {
	f, err := os.OpenFile(file.path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return file.size
	}
	defer f.Close()
	var out counter
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return file.size
	}
	if _, err := io.Copy(w, &stoppable{ctx, f}); err != nil || w.Close() != nil {
		return file.size
	}

	return int64(out)
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))

	return len(p), nil
}

// stoppable stops reading when its context ends.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}

	return s.r.Read(p)
}

// declared tells whether a package.json between a folder and the root names a
// package.
func (m *measured) declared(dir, name, root string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		if _, known := m.manifests[dir]; !known {
			m.manifests[dir] = dependencies(filepath.Join(dir, "package.json"))
		}
		if m.manifests[dir][name] {
			return true
		}
		parent := filepath.Dir(dir)
		if dir == root || parent == dir {
			return false
		}
		dir = parent
	}
}

// dependencies are the packages that a package.json names.
func dependencies(file string) map[string]bool {
	names := map[string]bool{}
	content, err := readPlain(file, maxSource)
	if err != nil {
		return names
	}
	var manifest struct {
		Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]any
	}
	if json.Unmarshal(content, &manifest) != nil {
		return names
	}
	for _, group := range []map[string]any{manifest.Dependencies, manifest.DevDependencies, manifest.OptionalDependencies, manifest.PeerDependencies} {
		for name := range group {
			names[name] = true
		}
	}

	return names
}

// sortedKeys are the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)

	return keys
}
