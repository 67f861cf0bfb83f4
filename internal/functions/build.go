package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// batch is how many functions are bundled in one go. More share more work, and
// hold more in memory.
const batch = 50

// bundled is what esbuild made of a function.
type bundled struct {
	exports  []string
	output   int64 // bytes that esbuild would write
	inputs   int64 // bytes of all files that it read
	packages bool  // it imports from node_modules, which is not bundled
	env      []string
	problems []Problem
}

// metafile is esbuild's account of a bundle, as far as it is needed.
type metafile struct {
	Inputs map[string]struct {
		Bytes   int64 `json:"bytes"`
		Imports []struct {
			Path     string `json:"path"`
			External bool   `json:"external"`
		} `json:"imports"`
	} `json:"inputs"`
	Outputs map[string]struct {
		Bytes      int64    `json:"bytes"`
		Exports    []string `json:"exports"`
		EntryPoint string   `json:"entryPoint"`
	} `json:"outputs"`
}

// buildAll bundles all functions: many at once, and each of those alone among
// which one cannot be bundled.
func (s *search) buildAll(ctx context.Context, all []*subject) error {
	var buildable []*subject
	for _, one := range all {
		if one.bundle {
			buildable = append(buildable, one)
		}
	}
	for some := range slices.Chunk(buildable, batch) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("look for functions: %w", err)
		}
		if len(s.build(some, false)) == 0 {
			continue
		}
		for _, one := range some {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("look for functions: %w", err)
			}
			s.buildAlone(one)
		}
	}

	return nil
}

// buildAlone bundles one function. Where only imports are missing it is bundled
// without them, so that the rest of it is known.
func (s *search) buildAlone(one *subject) {
	problems := s.build([]*subject{one}, false)
	if len(problems) > 0 && !slices.ContainsFunc(problems, func(p Problem) bool { return p.Kind != KindImport }) {
		s.build([]*subject{one}, true)
	}
	for _, p := range problems {
		one.problem(p)
	}
}

// build bundles some functions in memory and keeps what is learned, unless it
// fails: then it answers why. Lenient, what cannot be found is left out.
func (s *search) build(some []*subject, lenient bool) []Problem {
	var entries []api.EntryPoint
	for i, one := range some {
		entries = append(entries, api.EntryPoint{InputPath: s.abs(one.MainFile), OutputPath: fmt.Sprintf("f%d", i)})
	}
	b := &bundler{search: s, lenient: lenient, packages: map[string]bool{}, large: map[string]int64{}}
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: entries, AbsWorkingDir: s.site.Root, Outdir: filepath.Join(s.site.Root, outDir),
		Bundle: true, Write: false, Metafile: true, Platform: api.PlatformNode, Format: api.FormatESModule, Target: api.ESNext,
		ResolveExtensions: []string{".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".json"},
		LogLevel:          api.LogLevelSilent, LegalComments: api.LegalCommentsNone, Charset: api.CharsetUTF8,
		Plugins: []api.Plugin{{Name: "rr", Setup: b.setup}},
	})
	if len(result.Errors) > 0 {
		return s.messages(result.Errors)
	}
	var account metafile
	if err := json.Unmarshal([]byte(result.Metafile), &account); err != nil {
		return []Problem{{Kind: KindSyntax, Severity: Error, Message: "esbuild's account of it cannot be read: " + err.Error()}}
	}
	contents := map[string][]byte{}
	for _, file := range result.OutputFiles {
		contents[filepath.Base(file.Path)] = file.Contents
	}
	for i, one := range some {
		name := fmt.Sprintf("f%d.js", i)
		b.keep(one, account, name, contents[name])
	}

	return nil
}

// outDir is where bundles would be written, were they written.
const outDir = ".netlify/functions-rr"

// bundler resolves and loads for one build.
type bundler struct {
	*search
	lenient bool

	mu       sync.Mutex
	packages map[string]bool  // imports that lead into node_modules
	large    map[string]int64 // files that were measured and not loaded, by path relative to the root
	absent   []absentImport
}

// absentImport is a package that is declared and not installed.
type absentImport struct{ importer, name string }

// asked marks a question to esbuild that comes from here.
type asked struct{}

func (b *bundler) setup(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if b.instead[args.Path] != nil { // it need not be there yet
			return api.OnResolveResult{Path: args.Path, Namespace: "file"}, nil
		}
		local := strings.HasPrefix(args.Path, ".") || filepath.IsAbs(args.Path)
		if b.instead[args.Importer] != nil && args.PluginData != any(asked{}) {
			args = b.fromThere(args)
			if local {
				found := build.Resolve(args.Path, api.ResolveOptions{Importer: args.Importer, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: asked{}})
				return api.OnResolveResult{Path: found.Path, External: found.External, Namespace: found.Namespace, Errors: found.Errors}, nil
			}
		}
		if args.PluginData == any(asked{}) || args.Kind == api.ResolveEntryPoint || local && !b.lenient {
			return api.OnResolveResult{}, nil
		}
		found := build.Resolve(args.Path, api.ResolveOptions{Importer: args.Importer, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: asked{}})
		if len(found.Errors) == 0 {
			if found.External {
				return api.OnResolveResult{Path: args.Path, External: true}, nil
			}
			return b.installed(args, found), nil
		}
		return b.notFound(args), nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "file"}, b.load)
}

// fromThere asks for an import of a file that need not be there, nor its folder,
// from the nearest folder that is: esbuild resolves nothing from one that is not.
func (b *bundler) fromThere(args api.OnResolveArgs) api.OnResolveArgs {
	dir := filepath.Dir(args.Importer)
	if strings.HasPrefix(args.Path, ".") {
		args.Path = filepath.Join(dir, args.Path)
	}
	for dir != b.site.Root && dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	args.ResolveDir = dir

	return args
}

// installed leaves packages of node_modules out of the bundle; what is linked
// there from elsewhere belongs to the project.
func (b *bundler) installed(args api.OnResolveArgs, found api.ResolveResult) api.OnResolveResult {
	if strings.Contains(filepath.ToSlash(found.Path), "/node_modules/") && !strings.HasPrefix(args.Path, ".") {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.packages[args.Path] = true

		return api.OnResolveResult{Path: args.Path, External: true}
	}

	return api.OnResolveResult{Path: found.Path, Namespace: found.Namespace, Suffix: found.Suffix, PluginData: asked{}}
}

// notFound decides on an import that leads nowhere on this machine. The AWS SDK
// is there when the function runs. A package that package.json names is there
// once it is installed.
func (b *bundler) notFound(args api.OnResolveArgs) api.OnResolveResult {
	name := packageName(args.Path)
	if strings.HasPrefix(name, "@aws-sdk/") {
		return api.OnResolveResult{Path: args.Path, External: true}
	}
	declared := b.measured.declared(args.ResolveDir, name, b.site.Root)
	if !declared && !b.lenient {
		return api.OnResolveResult{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packages[args.Path] = true
	if declared {
		b.absent = append(b.absent, absentImport{b.rel(args.Importer), name})
	}

	return api.OnResolveResult{Path: args.Path, External: true}
}

// load reads one file. What is very large, or no source at all, is measured
// only.
func (b *bundler) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	info, err := os.Stat(args.Path)
	if b.instead[args.Path] == nil && err == nil && info.Mode().IsRegular() && (info.Size() > maxSource || filepath.Ext(args.Path) == ".node") {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.large[b.rel(args.Path)] = info.Size()
		empty := ""

		return api.OnLoadResult{Contents: &empty, Loader: api.LoaderEmpty}, nil
	}
	content, err := b.source(args.Path)
	if err != nil {
		return api.OnLoadResult{}, errors.New("cannot be read: " + why(err))
	}
	if tooDeep(content) {
		return api.OnLoadResult{}, errors.New("is nested too deep to be checked")
	}
	source := string(content)

	return api.OnLoadResult{Contents: &source, Loader: api.LoaderDefault, ResolveDir: filepath.Dir(args.Path)}, nil
}

// keep takes what a build tells of one function.
func (b *bundler) keep(one *subject, account metafile, name string, code []byte) {
	output := account.Outputs[outDir+"/"+name]
	made := &bundled{exports: output.Exports, output: output.Bytes}
	reached := reach(account, output.EntryPoint)
	for file := range reached {
		made.inputs += account.Inputs[file].Bytes
		made.output += b.large[file]
		made.inputs += b.large[file]
		for _, imported := range account.Inputs[file].Imports {
			made.packages = made.packages || imported.External && b.packages[imported.Path]
		}
	}
	told := map[string]bool{}
	for _, absent := range b.absent {
		if reached[absent.importer] && !told[absent.name] {
			told[absent.name] = true
			made.problems = append(made.problems, Problem{File: absent.importer, Kind: KindImport, Severity: Info,
				Message: fmt.Sprintf("imports %q, which package.json names and which is not installed here", absent.name)})
		}
	}
	made.env = environment(string(code))
	one.bundled = made
	for _, p := range made.problems {
		one.problem(p)
	}
	for _, name := range made.env {
		if !slices.Contains(one.Env, name) {
			one.Env = append(one.Env, name)
		}
	}
	slices.Sort(one.Env)
}

// reach is every file that an entry point leads to.
func reach(account metafile, entry string) map[string]bool {
	reached := map[string]bool{}
	next := []string{entry}
	for len(next) > 0 {
		file := next[len(next)-1]
		next = next[:len(next)-1]
		if reached[file] {
			continue
		}
		reached[file] = true
		for _, imported := range account.Inputs[file].Imports {
			if !imported.External {
				next = append(next, imported.Path)
			}
		}
	}

	return reached
}

// packageName is the package of an import such as @scope/name/file or name/file.
func packageName(path string) string {
	parts := strings.SplitN(path, "/", 3)
	if strings.HasPrefix(path, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}

	return parts[0]
}

// Where a source asks for environment variables. The names are in the groups.
var (
	directEnv = regexp.MustCompile(`\b(?:process|import\.meta)\.env(?:\?\.|\.)?(?:([A-Za-z_]\w*)|\[["']([A-Za-z_]\w*)["']\])`)
	askedEnv  = regexp.MustCompile(`\bNetlify\.env\.(?:get|has)\(\s*["']([A-Za-z_]\w*)["']`)
	takenEnv  = regexp.MustCompile(`\{([^{}]*)\}\s*=\s*process\.env\b`)
	takenName = regexp.MustCompile(`^\s*([A-Za-z_]\w*)`)
)

// environment finds the names of the environment variables that a source asks
// for: process.env.NAME, process.env["NAME"], Netlify.env.get("NAME") and
// const { NAME } = process.env.
func environment(source string) []string {
	if !strings.Contains(source, ".env") {
		return nil
	}
	var names []string
	for _, found := range directEnv.FindAllStringSubmatch(source, -1) {
		names = append(names, found[1]+found[2])
	}
	for _, found := range askedEnv.FindAllStringSubmatch(source, -1) {
		names = append(names, found[1])
	}
	for _, found := range takenEnv.FindAllStringSubmatch(source, -1) {
		for part := range strings.SplitSeq(found[1], ",") {
			if first := takenName.FindStringSubmatch(part); first != nil {
				names = append(names, first[1])
			}
		}
	}
	slices.Sort(names)

	return slices.Compact(names)
}
