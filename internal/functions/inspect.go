package functions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// readConfig takes the config of a function of the second API.
func (one *subject) readConfig(e *exports) {
	object := e.config
	if object == nil {
		object = e.inline()
	}
	if e.rejected != nil && e.config == nil {
		one.problemAt(e, e.rejected.at, Problem{Kind: KindConfig, Severity: Warning,
			Message: "Netlify does not read this config: it must be an object written here, without satisfies, as or a call; give the type as in export const config: Config = {…}"})
	}
	c := checkConfig(object)
	for _, p := range c.problems {
		one.problemAt(e, p.at, Problem{Kind: p.kind, Severity: p.severity, Message: p.message})
	}
	one.Routes = one.routes(e, object.get("path"), c.paths)
	one.ExcludedRoutes = one.routes(e, object.get("excludedPath"), c.excluded)
	for i := range one.Routes {
		one.Routes[i].Methods = c.methods
		one.Routes[i].PreferStatic = c.values["preferStatic"] == true
	}
	if files := texts(c.values["includedFiles"]); len(files) > 0 {
		one.settings["includedFiles"], one.fromToml = nil, false
	}
	merged := map[string]any{}
	merge(merged, one.settings)
	merge(merged, c.values) // a field that Netlify ignores hides that of netlify.toml
	one.settings = merged
}

// routes are those of a list of paths; one that is none is told of.
func (one *subject) routes(e *exports, at *node, paths []string) []Route {
	var routes []Route
	for _, path := range paths {
		r, err := route(path)
		if err != nil {
			one.problemAt(e, at.at, Problem{Kind: KindConfig, Severity: Error, Message: err.Error()})
			continue
		}
		routes = append(routes, r)
	}

	return routes
}

// eventNames are the methods of a default export that subscribe to an event,
// and the events.
func eventNames() map[string]string {
	return map[string]string{
		"deployBuilding": "deploy_building", "deploySucceeded": "deploy_succeeded", "deployFailed": "deploy_failed",
		"deployDeleted": "deploy_deleted", "deployLocked": "deploy_locked", "deployUnlocked": "deploy_unlocked",
		"formSubmitted": "submission_created", "userLogin": "identity_login", "userSignup": "identity_signup",
		"userValidate": "identity_validate", "userModified": "identity_usermodified", "userDeleted": "identity_userdeleted",
		"fetch": "fetch",
	}
}

// events takes the events that the default export subscribes to.
func (one *subject) events(e *exports) {
	object := e.resolve(e.defaults)
	if object == nil || object.kind != objectNode {
		return
	}
	names := eventNames()
	for _, p := range object.props {
		if event := names[p.key]; event != "" {
			one.Events = append(one.Events, event)
		}
	}
}

// readHelpers takes what the helpers of @netlify/functions around a handler of
// the first API say: schedule("@daily", …) and stream(…).
func (one *subject) readHelpers(e *exports) {
	imported := slices.Contains(slices.Collect(maps.Values(e.helpers)), "schedule")
	used, found := false, false
	for _, handler := range e.handlers {
		if handler.kind != callNode {
			continue
		}
		switch e.helpers[handler.text] {
		case "schedule":
			used = true
			found = one.wrapped(e, handler) || found
		case "stream":
			one.InvocationMode = "stream"
		}
	}
	switch {
	case imported && !used:
		one.problem(Problem{Line: 1, Column: 1, Kind: KindSchedule, Severity: Error,
			Message: "imports schedule from @netlify/functions and does not export a handler made with it: write export const handler = schedule(\"@daily\", …)"})
	case imported && !found:
		one.problemAt(e, e.handlers[0].at, Problem{Kind: KindSchedule, Severity: Error,
			Message: "the first argument of schedule must be a cron expression written in this file"})
	}
}

// wrapped takes the schedule of schedule("…", handler).
func (one *subject) wrapped(e *exports, call *node) bool {
	if len(call.items) == 0 {
		return false
	}
	cron := e.resolve(call.items[0])
	if cron == nil || cron.kind != textNode {
		return false
	}
	one.settings["schedule"] = cron.text
	if err := checkCron(cron.text); err != nil {
		one.problemAt(e, call.items[0].at, Problem{Kind: KindSchedule, Severity: Error, Message: err.Error()})
	}

	return cron.text != ""
}

// unusedConfig tells of a config that Netlify reads of the second API only.
func (one *subject) unusedConfig(e *exports) {
	config := e.config
	if config == nil {
		config = e.rejected
	}
	if config != nil && len(config.props) > 0 {
		one.problemAt(e, config.at, Problem{Kind: KindConfig, Severity: Warning,
			Message: "this config is ignored: Netlify reads it only of functions with a default export and no handler"})
	}
}

// settle takes out of the settings what the answer names.
func (one *subject) settle() {
	set := one.settings
	one.Schedule, _ = set["schedule"].(string)
	one.Region, _ = set["region"].(string)
	one.DisplayName, _ = set["name"].(string)
	one.Generator, _ = set["generator"].(string)
	one.Memory, one.VCPU, one.Timeout = numeric(set["memory"]), numeric(set["vcpu"]), numeric(set["timeout"])
	one.RateLimit, _ = set["rateLimit"].(*RateLimit)
	byName := strings.HasSuffix(one.Name, "-background")
	one.Background = byName || set["background"] == true
	switch {
	case one.Bundler == "":
	case one.Background:
		one.InvocationMode = "background"
	case one.RuntimeAPIVersion == 2:
		one.InvocationMode = "stream"
	}
}

// numeric is a number of netlify.toml or of a config; 0 for none.
func numeric(value any) float64 {
	if whole, ok := value.(int64); ok {
		value = float64(whole)
	}
	if n := memory(value); n == n {
		return n
	}

	return 0
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

// conclude puts together what was learned of one function.
func (s *search) conclude(ctx context.Context, one *subject) {
	if one.Bundler != "" && one.Handler == "" {
		one.Handler = one.handles()
	}
	if one.Handler == "no" {
		one.problem(Problem{Line: 1, Column: 1, Kind: KindHandler, Severity: Error, Message: noHandler(one.MainFile)})
	}
	if one.unreadOK && one.bundled != nil {
		one.problem(Problem{Line: 1, Column: 1, Kind: KindConfig, Severity: Warning,
			Message: "Netlify cannot read what it exports (it takes no JSX and no decorators here): it is taken for a function of the first API, and its config is ignored"})
	}
	s.measure(ctx, one)
}

func noHandler(main string) string {
	if strings.HasSuffix(main, ".d.ts") {
		return "is a declaration file, and yet a function for Netlify, without anything to call; move it out of the functions directory"
	}

	return "exports neither handler nor default, so every call fails; export one, or move it out of the functions directory if it is no function"
}

// handles tells whether there is something to call.
func (one *subject) handles() string {
	if one.own == nil || one.own.handler == "yes" {
		if one.own == nil {
			return "unknown"
		}
		return "yes"
	}
	if one.own.esm && one.bundled != nil {
		if slices.Contains(one.bundled.exports, "handler") || slices.Contains(one.bundled.exports, "default") {
			return "yes"
		}
		if one.own.star && one.bundled.packages {
			return "unknown"
		}
		return "no"
	}

	return one.own.handler
}

// handler tells by the source alone whether there is something to call.
func (e *exports) handler() string {
	switch {
	case len(e.handlers) > 0 || e.fallback:
		return "yes"
	case e.esm || !e.cjs:
		return "no"
	}

	return e.commonJS()
}

// commonJS looks at everything that a CommonJS source does with exports.
func (e *exports) commonJS() string {
	answer := "no"
	for i := range e.list {
		if e.is(i-1, ".") || !e.is(i, "exports") && !(e.is(i, "module") && e.is(i+1, ".") && e.is(i+2, "exports")) {
			if e.is(i, "exports") && e.is(i-1, ".") && e.is(i-2, "module") {
				continue
			}
			if e.is(i, "module") && !e.is(i-1, ".") {
				answer = "unknown"
			}
			continue
		}
		next := i + 1
		if e.is(i, "module") {
			next = i + 3
		}
		switch used := e.use(next, i); used {
		case "yes":
			return used
		case "unknown":
			answer = used
		}
	}

	return answer
}

// use tells what one mention of exports says; next is the token behind it.
func (e *exports) use(next, first int) string {
	switch {
	case e.is(next, ".") && (e.is(next+1, "handler") || e.is(next+1, "default")) && e.assigns(next+2):
		return "yes"
	case e.is(next, ".") && e.isKind(next+1, word):
		return "no"
	case e.is(next, "[") && e.isKind(next+1, text):
		if name := unquote(e.at(next + 1)); name == "handler" {
			return "yes"
		}
		return "no"
	case e.assigns(next):
		return e.whole(next + 1)
	case e.is(first-1, "(") && e.is(first-2, "defineProperty") && e.is(next, ",") && e.isKind(next+1, text):
		if unquote(e.at(next+1)) == "handler" {
			return "yes"
		}
		return "no"
	}

	return "unknown"
}

// whole tells what module.exports = … says.
func (e *exports) whole(i int) string {
	v, _ := e.expression(i)
	if v.kind == nameNode && v.text != "exports" {
		if bound := e.bindings[v.text]; bound != nil {
			v = bound
		}
	}
	switch v.kind {
	case objectNode:
		for _, p := range v.props {
			if p.key == "handler" {
				return "yes"
			}
			if p.spread {
				return "unknown"
			}
		}
		return "no"
	case functionNode, arrowNode, textNode, numberNode, booleanNode, nullNode, arrayNode:
		return "no"
	case nameNode:
		if v.text == "exports" || v.text == "module" {
			return "no"
		}
	}
	if e.is(i, "module") && e.is(i+1, ".") && e.is(i+2, "exports") {
		return e.use(i+3, i)
	}

	return "unknown"
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
