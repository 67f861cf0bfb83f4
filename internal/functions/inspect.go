package functions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// subject is one function that is being looked at, and what is learned on the
// way.
type subject struct {
	Function
	file      candidate
	settings  map[string]any // of netlify.toml and of its own config
	fromToml  bool           // included files are relative to the base directory
	bundle    bool           // it can be given to esbuild
	unreadOK  bool           // Netlify cannot read its exports; whether esbuild can is to be seen
	own       *exported      // what its source exports; nil when that could not be read
	bundled   *bundled       // what esbuild made of it; nil when it failed
	mainBytes int64
}

// exported is what is kept of a source.
type exported struct {
	handler string // yes, no or unknown, by the source alone
	esm     bool
	star    bool
}

// inspect looks at every function, some at the same time.
func (s *search) inspect(ctx context.Context, winners map[string]candidate) error {
	var all []*subject
	for _, name := range sortedKeys(winners) {
		all = append(all, &subject{file: winners[name]})
	}
	if err := each(ctx, s.Parallel, all, s.look); err != nil {
		return err
	}
	if err := s.buildAll(ctx, all); err != nil {
		return err
	}
	if err := each(ctx, s.Parallel, all, func(one *subject) { s.conclude(ctx, one) }); err != nil {
		return err
	}
	for _, one := range all {
		s.site.Functions = append(s.site.Functions, one.Function)
	}

	return ctx.Err()
}

// each calls f for every subject, a few at the same time, until ctx ends.
func each(ctx context.Context, parallel int, all []*subject, f func(*subject)) error {
	next := make(chan *subject)
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for one := range next {
				f(one)
			}
		})
	}
	for _, one := range all {
		if ctx.Err() != nil {
			break
		}
		next <- one
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("look for functions: %w", err)
	}

	return nil
}

// look reads one function's source and netlify.toml's settings of it.
func (s *search) look(one *subject) {
	c := one.file
	one.Name, one.MainFile, one.Source, one.Runtime = c.name, c.main, c.source, c.runtime
	one.settings, one.fromToml = s.toml.settingsOf(c.name), true
	one.checkName()
	defer one.settle()
	ext := extension(path.Base(c.main))
	if c.runtime != "js" || ext == ".zip" {
		return
	}
	one.Bundler = one.bundler(ext, false)
	content, err := s.source(s.abs(c.main))
	if err != nil {
		one.unread(err)
		return
	}
	one.mainBytes = int64(len(content))
	if tooDeep(content) {
		one.problem(Problem{Kind: KindSyntax, Severity: Warning, Message: "is nested too deep to be checked"})
		return
	}
	one.bundle = true
	n, problems := normalise(string(content))
	if len(problems) > 0 || n.decorated() {
		one.unreadOK = true
		return
	}
	one.read(readExports(n), ext)
}

// unread tells of a source that cannot be read.
func (one *subject) unread(err error) {
	switch {
	case errors.Is(err, errTooLarge):
		one.Handler = "unknown"
		one.problem(Problem{Kind: KindSyntax, Severity: Info, Message: "is not checked: it has " + err.Error()})
	case errors.Is(err, fs.ErrNotExist):
		one.problem(Problem{Kind: KindRead, Severity: Error, Message: "leads nowhere: it is a link to what is not there"})
	default:
		one.problem(Problem{Kind: KindRead, Severity: Error, Message: "cannot be read: " + why(err)})
	}
}

// problem adds one; without a file it is the main file that is meant.
func (one *subject) problem(p Problem) {
	if p.File == "" {
		p.File = one.file.main
	}
	one.Problems = append(one.Problems, p)
}

// problemAt adds one at a token of the source.
func (one *subject) problemAt(e *exports, token int, p Problem) {
	p.Line, p.Column = lineColumn(e.original, e.place(token))
	one.problem(p)
}

// read takes what a source says of itself.
func (one *subject) read(e *exports, ext string) {
	one.own = &exported{handler: e.handler(), esm: e.esm, star: e.star}
	one.Env = environment(e.src)
	if len(e.handlers) == 0 && e.fallback {
		one.RuntimeAPIVersion = 2
		one.readConfig(e)
		one.events(e)
	} else {
		one.RuntimeAPIVersion = 1
		one.readHelpers(e)
		one.unusedConfig(e)
	}
	one.Bundler = one.bundler(ext, e.esm)
}

// bundler is what Netlify bundles a function with.
func (one *subject) bundler(ext string, esm bool) string {
	set, _ := one.settings["nodeBundler"].(string)
	switch {
	case one.RuntimeAPIVersion == 2 && set != "none":
		return "nft"
	case set != "":
		return set
	case slices.Contains([]string{".mjs", ".ts", ".tsx", ".cts", ".mts"}, ext):
		return "esbuild"
	case esm && ext != ".cjs":
		return "nft"
	}

	return "zisi"
}

// checkName tells of names that Netlify does not take.
func (one *subject) checkName() {
	if one.Name == reserved {
		one.problem(Problem{File: one.file.source, Kind: KindName, Severity: Error, Message: "its name is kept for Netlify's bundler; rename it"})
		return
	}
	for _, c := range one.Name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			one.problem(Problem{File: one.file.source, Kind: KindName, Severity: Warning,
				Message: fmt.Sprintf("makes a function of the name %q; Netlify wants letters, digits, - and _", one.Name)})
			return
		}
	}
}

// messages turns what esbuild says into problems.
func (s *search) messages(list []api.Message) []Problem {
	var problems []Problem
	for _, m := range list {
		p := Problem{Kind: KindSyntax, Severity: Error, Message: m.Text}
		if strings.HasPrefix(m.Text, "Could not resolve") {
			p.Kind = KindImport
			p.Message = missing(m)
		}
		if at := m.Location; at != nil {
			p.File, p.Line, p.Column = s.rel(s.abs(at.File)), at.Line, at.Column+1
		}
		problems = append(problems, p)
	}
	if len(problems) > maxProblems {
		problems = problems[:maxProblems]
	}

	return problems
}

// maxProblems is how many errors of one bundle are told.
const maxProblems = 20

// missing says what is not there.
func missing(m api.Message) string {
	name := strings.Trim(strings.TrimPrefix(m.Text, "Could not resolve "), `"`)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
		return fmt.Sprintf("imports %q, and there is no such file", name)
	}

	return fmt.Sprintf("imports %q, which is neither installed nor in package.json; npm install %s", name, packageName(name))
}
