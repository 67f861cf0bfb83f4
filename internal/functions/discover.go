package functions

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// extensions that make a file a function, the first counts most where several
// files have one name.
var extensions = []string{".js", ".zip", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"}

// mainExtensions are those of the file that makes a folder a function, in the
// order in which they are looked for.
var mainExtensions = []string{".js", ".ts", ".mjs", ".cjs", ".tsx", ".mts", ".cts"}

// reserved is the name that the bundler keeps for itself.
const reserved = "___netlify-entry-point"

// candidate is a file or folder that makes a function.
type candidate struct {
	name    string
	source  string // relative to the site's root, with slashes
	main    string // likewise
	runtime string
	folder  bool
	size    int64 // of a file
}

// discover finds the functions by the rules of Netlify's bundler: top level
// only; of one name the later runtime of js, go and rs wins, then a folder,
// then the extension.
func (s *search) discover(ctx context.Context) error {
	entries, err := os.ReadDir(s.abs(s.site.Dir))
	if err != nil {
		s.problem(Problem{File: s.site.Dir, Kind: KindRead, Severity: Error, Message: "cannot be read: " + why(err)})
		return nil
	}
	winners := map[string]candidate{}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("look for functions: %w", err)
		}
		found := s.candidates(entry)
		for _, c := range found {
			was, taken := winners[c.name]
			if taken && !outranks(c, was) {
				c, was = was, c
			}
			winners[c.name] = c
			if taken {
				s.duplicate(c, was)
			}
		}
		s.debris(entry, found)
	}
	s.alike(winners)

	return s.inspect(ctx, winners)
}

// outranks tells whether a is taken and b is not.
func outranks(a, b candidate) bool {
	order := []string{"js", "go", "rs"}
	if a.runtime != b.runtime {
		return slices.Index(order, a.runtime) > slices.Index(order, b.runtime)
	}
	if a.folder != b.folder {
		return a.folder
	}
	if a.runtime != "js" {
		return a.source > b.source
	}

	return rank(a) < rank(b)
}

// rank is the place of a candidate's extension in the order.
func rank(c candidate) int { return slices.Index(extensions, extension(path.Base(c.source))) }

// duplicate tells that of two sources one is not built.
func (s *search) duplicate(winner, loser candidate) {
	s.problem(Problem{File: loser.source, Kind: KindDuplicate, Severity: Warning,
		Message: fmt.Sprintf("is not built: %s makes the function %q too, and outranks it; rename or delete one", winner.source, winner.name)})
}

// alike tells of names that differ only in case or in - and _: most often one
// function twice.
func (s *search) alike(winners map[string]candidate) {
	seen := map[string]candidate{}
	for _, name := range sortedKeys(winners) {
		folded := strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if was, taken := seen[folded]; taken {
			s.problem(Problem{File: winners[name].source, Kind: KindDuplicate, Severity: Info,
				Message: fmt.Sprintf("its name %q differs from that of %s only in case or in - and _; is it the same function twice?", name, was.source)})
			continue
		}
		seen[folded] = winners[name]
	}
}

// candidates are the functions that one entry of the directory makes: mostly
// one or none, a folder with sources of two languages two.
func (s *search) candidates(entry os.DirEntry) []candidate {
	file := entry.Name()
	source := path.Join(s.site.Dir, file)
	name := strings.TrimSuffix(file, extension(file))
	var found []candidate
	if entry.IsDir() {
		if file != "node_modules" {
			if main := s.mainFile(source, file); main != "" {
				found = append(found, candidate{name: name, source: source, main: main, runtime: "js", folder: true})
			}
		}
		if main := s.goMain(source, file); main != "" {
			found = append(found, candidate{name: name, source: source, main: main, runtime: "go", folder: true})
		}
		return found
	}
	c := candidate{name: name, source: source, main: source, runtime: "js"}
	info, err := os.Stat(s.abs(source))
	if err == nil {
		c.size = info.Size()
	}
	if slices.Contains(extensions, extension(file)) {
		return append(found, c)
	}
	if err == nil && info.Mode().IsRegular() {
		if c.runtime = binaryRuntime(s.abs(source)); c.runtime != "" {
			found = append(found, c)
		}
	}

	return found
}

// mainFile is the file that makes a folder a function, empty when none does.
func (s *search) mainFile(dir, file string) string {
	for _, ext := range mainExtensions {
		for _, base := range []string{file, "index"} {
			main := path.Join(dir, base+ext)
			if info, err := os.Stat(s.abs(main)); err == nil && info.Mode().IsRegular() {
				return main
			}
		}
	}

	return ""
}

// goMain is the source that makes a folder a function in Go.
func (s *search) goMain(dir, file string) string {
	for _, name := range []string{file + ".go", "main.go"} {
		if _, err := os.Lstat(s.abs(path.Join(dir, name))); err == nil {
			return path.Join(dir, name)
		}
	}

	return ""
}

// extension is that of Node.js: a leading dot begins none.
func extension(file string) string {
	if i := strings.LastIndexByte(file, '.'); i > 0 && strings.Trim(file[:i], ".") != "" {
		return file[i:]
	}

	return ""
}
