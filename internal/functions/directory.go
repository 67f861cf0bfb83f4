package functions

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Where the functions directory was told.
const (
	FromFunctions = "netlify.toml [functions] directory"
	FromBuild     = "netlify.toml [build] functions"
	FromInterface = "Netlify's interface"
	FromDefault   = "default"
)

// defaultDirs are tried in this order where nothing is told.
var defaultDirs = [...]string{"netlify/functions", "netlify-automatic-functions"}

// Directory tells where a site has its functions, and the netlify.toml that
// counts, as Find would; it looks at none of the functions. Both are relative to
// the site's root, with slashes, and empty where there is none, or where Netlify
// would refuse it.
func Directory(dir string, o Options) (functions, toml string, err error) {
	root, err := filepath.Abs(dir)
	if err == nil {
		_, err = os.Stat(root)
	}
	if err != nil {
		return "", "", fmt.Errorf("look for the functions directory: %w", err)
	}
	s := &search{Options: o, site: Site{Root: root}}
	s.readToml()
	s.findDirectory()
	if outside(s.site.Dir) {
		return "", s.site.Toml.Path, nil
	}

	return s.site.Dir, s.site.Toml.Path, nil
}

// findDirectory decides where the functions are. Paths are relative to the base
// directory, a slash in front of them is taken off, as Netlify does.
func (s *search) findDirectory() {
	for _, told := range []struct{ dir, from string }{
		{s.toml.functionsDirectory, FromFunctions}, {s.toml.buildFunctions, FromBuild}, {s.Directory, FromInterface},
	} {
		if told.dir == "" {
			continue
		}
		s.site.Dir, s.site.From = path.Join(s.site.Base, strings.TrimLeft(told.dir, "/")), told.from
		s.checkDirectory()
		return
	}
	s.site.From = FromDefault
	for _, dir := range defaultDirs {
		s.site.Dir = path.Join(s.site.Base, dir)
		if info, err := os.Stat(s.abs(s.site.Dir)); err == nil && info.IsDir() {
			return
		}
	}
	s.site.Dir, s.site.Missing = path.Join(s.site.Base, defaultDirs[0]), true
}

// checkDirectory holds a directory that was told against what is there.
func (s *search) checkDirectory() {
	if outside(s.site.Dir) {
		s.site.Missing = true
		s.problem(Problem{File: s.tomlPath(), Kind: KindToml, Severity: Error,
			Message: "the functions directory " + s.site.Dir + " is outside the repository, and Netlify refuses that"})
		return
	}
	info, err := os.Stat(s.abs(s.site.Dir))
	switch {
	case err != nil:
		s.site.Missing = true
		s.problem(Problem{File: s.site.Dir, Kind: KindRead, Severity: Warning,
			Message: "the functions directory told by " + s.site.From + " cannot be read: " + why(err) + "; make it or mend the path"})
	case !info.IsDir():
		s.site.Missing = true
		s.problem(Problem{File: s.site.Dir, Kind: KindRead, Severity: Error,
			Message: "the functions directory told by " + s.site.From + " is a file"})
	}
}

// tomlPath is the file to mend a setting in.
func (s *search) tomlPath() string {
	if s.site.Toml.Path != "" {
		return s.site.Toml.Path
	}

	return tomlName
}

// outside tells whether a clean relative path leaves the repository.
func outside(rel string) bool { return rel == ".." || strings.HasPrefix(rel, "../") }
