// Package functions tells what can be known of a site's Netlify functions from
// its source alone: which there are and by which rule, what each is (runtime,
// API version, schedule, routes), and what is wrong with it, with the place.
//
// It runs and imports nothing, writes nothing and asks nobody. Source is parsed
// and bundled in memory by esbuild; what is not written down as a literal is
// left unknown. No value of an environment variable is ever read, only the
// names that the source asks for.
//
// Read it as directory.go and toml.go (where the functions are), settings.go
// (what netlify.toml says of one), discover.go and binary.go (which there are),
// inspect.go (one function after the other), normalise.go, lexer.go, syntax.go
// and exports.go (what a source exports), handler.go (whether there is something
// to call), says.go, config.go, cron.go and route.go (what it says of itself),
// build.go and size.go (whether it can be bundled, and how
// large it is), debris.go (what lies about), headers.go, and manifest.go,
// readmanifest.go and compare.go (the list of them that Netlify keeps). try.go asks
// what one of them would be with another content in one file, and script.go
// whether any source is JavaScript at all.
//
// The rules are those of Netlify's own bundler, @netlify/zip-it-and-ship-it 14.
// They were found by trying; e2e/functions_test.go asks the real one.
package functions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Limits of one function on Netlify, in bytes.
const (
	MaxZipped   = 50 << 20  // of its archive
	MaxUnzipped = 250 << 20 // of what is in it
)

// Options is how to look; the zero value is how Netlify looks.
type Options struct {
	// Directory is the functions directory as set in Netlify's interface,
	// relative to the base directory. netlify.toml is asked before it.
	Directory string

	// Parallel is how many files are looked at at the same time; 4 when 0.
	Parallel int
}

// Site is what the source of a site says about its functions.
type Site struct {
	Root      string     `json:"root"`               // absolute
	Base      string     `json:"base,omitempty"`     // base directory relative to Root, "" for Root itself
	Dir       string     `json:"dir"`                // functions directory relative to Root, with slashes
	From      string     `json:"from"`               // where Dir was told, one of the From constants
	Missing   bool       `json:"missing"`            // there is no such directory
	Toml      Toml       `json:"toml"`               // netlify.toml
	Functions []Function `json:"functions"`          // sorted by name
	Problems  []Problem  `json:"problems,omitempty"` // of the whole, sorted by file and place
	Headers   Headers    `json:"headers"`            // response headers that are configured
}

// Function is one function as Netlify would make it.
type Function struct {
	Name              string     `json:"name"`
	MainFile          string     `json:"main_file"`                     // relative to the site's root, with slashes
	Source            string     `json:"source"`                        // the file or folder that makes it a function, likewise
	Runtime           string     `json:"runtime"`                       // js, go or rs
	RuntimeAPIVersion int        `json:"runtime_api_version,omitempty"` // 1 or 2; 0 when it has none or cannot be told
	Background        bool       `json:"background"`
	InvocationMode    string     `json:"invocation_mode,omitempty"` // stream or background; empty for an ordinary one
	Schedule          string     `json:"schedule,omitempty"`        // cron
	Routes            []Route    `json:"routes,omitempty"`
	ExcludedRoutes    []Route    `json:"excluded_routes,omitempty"`
	Region            string     `json:"region,omitempty"`
	Memory            float64    `json:"memory,omitempty"`  // MB
	VCPU              float64    `json:"vcpu,omitempty"`    // share of a processor
	Timeout           float64    `json:"timeout,omitempty"` // seconds
	DisplayName       string     `json:"display_name,omitempty"`
	Generator         string     `json:"generator,omitempty"`
	Events            []string   `json:"events,omitempty"` // that the default export subscribes to, as the manifest names them
	RateLimit         *RateLimit `json:"rate_limit,omitempty"`
	Bundler           string     `json:"bundler,omitempty"`       // esbuild, nft, zisi or none; empty where nothing is bundled
	Handler           string     `json:"handler,omitempty"`       // yes, no or unknown: whether there is something to call
	Size              int64      `json:"size"`                    // estimate of the archive in bytes, at most what is in it
	SizeAtLeast       bool       `json:"size_at_least,omitempty"` // packages of node_modules come on top of Size
	Env               []string   `json:"env,omitempty"`           // names of the environment variables that it asks for
	Problems          []Problem  `json:"problems,omitempty"`
}

// Route is one path that a function answers to.
type Route struct {
	Pattern      string   `json:"pattern"`
	Literal      string   `json:"literal,omitempty"`    // either this
	Expression   string   `json:"expression,omitempty"` // or this, a regular expression of JavaScript
	Methods      []string `json:"methods,omitempty"`    // all when empty
	PreferStatic bool     `json:"prefer_static,omitempty"`
}

// Problem is something that is wrong, and where. Line and Column begin at 1,
// Column counts bytes; both are 0 where a whole file is meant.
type Problem struct {
	File     string `json:"file"` // relative to the site's root, with slashes
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Kind     string `json:"kind"`     // one of the Kind constants
	Severity string `json:"severity"` // error, warning or info
	Message  string `json:"message"`
}

func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}

	return place + ": " + p.Message
}

// Kinds of problems.
const (
	KindSyntax    = "syntax"    // it cannot be parsed or bundled
	KindImport    = "import"    // something that it imports is not there
	KindHandler   = "handler"   // there is nothing that Netlify could call
	KindConfig    = "config"    // what it says of itself is refused or ignored
	KindSchedule  = "schedule"  // its schedule is no cron expression
	KindSize      = "size"      // it is larger than Netlify takes
	KindDuplicate = "duplicate" // two sources make the same function
	KindDebris    = "debris"    // it looks like something left behind
	KindName      = "name"      // a name that Netlify does not take
	KindRead      = "read"      // it cannot be read
	KindToml      = "toml"      // netlify.toml
	KindHeaders   = "headers"   // _headers or [[headers]]
)

// Severities of problems. An error keeps a function from being built or from
// answering; a warning is something that Netlify ignores or that is about to
// break; info is advice.
const (
	Error   = "error"
	Warning = "warning"
	Info    = "info"
)

// Broken tells whether a function has an error.
func (f Function) Broken() bool { return hasError(f.Problems) }

func hasError(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// Broken tells whether anything of the site has an error.
func (s Site) Broken() bool {
	return hasError(s.Problems) || hasError(s.Toml.Problems) || slices.ContainsFunc(s.Functions, Function.Broken)
}

// Find reads the functions of the site in dir as Netlify would. What is wrong
// with the site is in the answer; an error means that rr could not look.
func Find(ctx context.Context, dir string, o Options) (Site, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return Site{}, fmt.Errorf("look for functions: %w", err)
	}
	info, err := os.Stat(root)
	if err != nil {
		return Site{}, fmt.Errorf("look for functions: %w", err)
	}
	if !info.IsDir() {
		return Site{}, fmt.Errorf("look for functions: %s is no folder", root)
	}
	s := &search{Options: o, site: Site{Root: root, Functions: []Function{}}, measured: newMeasured()}
	if s.Parallel <= 0 {
		s.Parallel = 4
	}
	s.readToml()
	s.findDirectory()
	s.readHeaders()
	if !s.site.Missing {
		if err := s.discover(ctx); err != nil {
			return Site{}, err
		}
	}
	s.checkToml()
	s.settle()

	return s.site, nil
}

// search is one look at a site.
type search struct {
	Options
	site     Site
	toml     tomlFile
	measured *measured
	instead  map[string][]byte // contents to take for those of files, by absolute path
}

// source reads a file of source, or what is to be taken for it.
func (s *search) source(path string) ([]byte, error) {
	if content, told := s.instead[path]; told {
		return content, nil
	}

	return readPlain(path, maxSource)
}

// abs is a path of the site on this machine.
func (s *search) abs(slash string) string {
	return filepath.Join(s.site.Root, filepath.FromSlash(slash))
}

// rel is a path of this machine as the site's answers name it.
func (s *search) rel(path string) string {
	if r, err := filepath.Rel(s.site.Root, path); err == nil {
		return filepath.ToSlash(r)
	}

	return filepath.ToSlash(path)
}

// problem adds one of the whole.
func (s *search) problem(p Problem) { s.site.Problems = append(s.site.Problems, p) }

// settle brings everything into its order.
func (s *search) settle() {
	slices.SortFunc(s.site.Functions, func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	for i := range s.site.Functions {
		s.site.Functions[i].Problems = sorted(s.site.Functions[i].Problems)
	}
	s.site.Problems = sorted(s.site.Problems)
	s.site.Toml.Problems = sorted(s.site.Toml.Problems)
}

// sorted orders problems by place and leaves out what is said twice.
func sorted(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})

	return slices.Compact(problems)
}
