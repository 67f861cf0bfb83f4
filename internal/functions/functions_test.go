package functions

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// site writes the files of a site. A name that ends in a slash is a folder,
// content that begins with -> a link.
func site(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		target, isLink := strings.CutPrefix(content, "->")
		err := error(nil)
		switch {
		case isLink:
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	return root
}

// find reads a site that can be read.
func find(t testing.TB, root string) Site {
	t.Helper()
	found, err := Find(t.Context(), root, Options{})
	if err != nil {
		t.Fatal(err)
	}

	return found
}

// named is one function of a site.
func named(t testing.TB, found Site, name string) Function {
	t.Helper()
	i := slices.IndexFunc(found.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no function %q among %d", name, len(found.Functions))
	}

	return found.Functions[i]
}

// one reads a site of a single function.
func one(t testing.TB, file, source string) Function {
	t.Helper()
	found := find(t, site(t, map[string]string{"netlify/functions/" + file: source}))
	if len(found.Functions) != 1 {
		t.Fatalf("%d functions, want 1", len(found.Functions))
	}

	return found.Functions[0]
}

// lines are problems as one reads them: kind severity line:column message.
func lines(problems []Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s %s %d:%d %s", p.Kind, p.Severity, p.Line, p.Column, p.Message))
	}

	return all
}

const handler = "exports.handler = async () => {}\n"

func TestDirectoryIsTheOneThatNetlifyTakes(t *testing.T) {
	for _, of := range []struct {
		it, toml, base, want, from string
		missing                    bool
	}{
		{it: "has a default", want: "netlify/functions", from: FromDefault, missing: true},
		{it: "prefers [functions]", toml: "[build]\nfunctions = \"b\"\n[functions]\ndirectory = \"a\"\n", want: "a", from: FromFunctions},
		{it: "takes [build]", toml: "[build]\nfunctions = \"b\"\n", want: "b", from: FromBuild},
		{it: "takes a leading slash off", toml: "[functions]\ndirectory = \"/a/\"\n", want: "a", from: FromFunctions},
		{it: "honours the base directory", toml: "[build]\nbase = \"web\"\n[functions]\ndirectory = \"a\"\n", want: "web/a", from: FromFunctions, missing: true},
		{it: "takes the file of the base directory", toml: "[build]\nbase = \"/web/\"\n[functions]\ndirectory = \"a\"\n", base: "[functions]\ndirectory = \"c\"\n", want: "web/c", from: FromFunctions},
		{it: "refuses what is outside", toml: "[functions]\ndirectory = \"../a\"\n", want: "../a", from: FromFunctions, missing: true},
		{it: "tells of a broken file and takes the default", toml: "[functions\n", want: "netlify/functions", from: FromDefault, missing: true},
	} {
		t.Run(of.it, func(t *testing.T) {
			files := map[string]string{"a/": "", "b/": "", "web/c/": ""}
			if of.toml != "" {
				files["netlify.toml"] = of.toml
			}
			if of.base != "" {
				files["web/netlify.toml"] = of.base
			}
			root := site(t, files)
			found := find(t, root)
			functions, toml, err := Directory(root, Options{})
			if want := strings.TrimPrefix(of.want, "../a"); functions != want || toml != found.Toml.Path || err != nil {
				t.Errorf("Directory = %q, %q, %v; want %q, %q", functions, toml, err, want, found.Toml.Path)
			}
			if found.Dir != of.want || found.From != of.from || found.Missing != of.missing {
				t.Errorf("Find = %s from %s, missing %t; want %s from %s, missing %t", found.Dir, found.From, found.Missing, of.want, of.from, of.missing)
			}
		})
	}
}

func TestScriptsAreJavaScriptOrToldWhere(t *testing.T) {
	for _, of := range []struct{ it, source, want string }{
		{"takes a module of CommonJS", "#!/usr/bin/env node\nconst { apps } = require('./apps');\nmodule.exports = { apps };\n", ""},
		{"takes an ES module", "import apps from './apps.mjs';\nexport default { apps };\n", ""},
		{"takes a return outside of a function, as in a module of CommonJS", "if (process.env.CI) return;\nmodule.exports = {};\n", ""},
		{"takes what nobody can check", strings.Repeat("[", 1000), ""},
		{"tells where it breaks off", "module.exports = {\n  apps: [", "2:10: it is no JavaScript"},
		{"quotes nothing", "module.exports = {\n  env: {TOKEN 'hidden'}", "2:15: it is no JavaScript"},
		{"takes no TypeScript", "const a: string = 'hidden'", "1:8: it is no JavaScript"},
	} {
		got := ""
		if err := CheckScript([]byte(of.source)); err != nil {
			got = err.Error()
		}
		if got != of.want {
			t.Errorf("it %s: CheckScript = %q, want %q", of.it, got, of.want)
		}
	}
}

func TestInterfaceIsAskedAfterNetlifyToml(t *testing.T) {
	root := site(t, map[string]string{"ui/x.js": handler, "a/y.js": handler})
	found, err := Find(t.Context(), root, Options{Directory: "ui"})
	if err != nil || found.Dir != "ui" || found.From != FromInterface || len(found.Functions) != 1 {
		t.Errorf("Find = %s from %s, %d functions, %v", found.Dir, found.From, len(found.Functions), err)
	}
	if err := os.WriteFile(filepath.Join(root, "netlify.toml"), []byte("[build]\nfunctions = \"a\""), 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err = Find(t.Context(), root, Options{Directory: "ui"}); err != nil || found.Dir != "a" {
		t.Errorf("Find = %s, %v; want a", found.Dir, err)
	}
}

func TestTomlProblemsHaveTheirPlace(t *testing.T) {
	for _, of := range []struct{ it, toml, want string }{
		{"places a syntax error", "[functions]\ndirectory = \"a\n", "toml error 2:15 "},
		{"places a wrong type", "[build]\n  functions = 3\n", "toml error 2:3 functions of [build] must be text in quotes"},
		{"places an unknown setting", "[functions.\"a*\"]\nschedul = \"@daily\"\n", "toml warning 2:1 there is no setting schedul"},
		{"places a wrong schedule", "[functions.\"a*\"]\n\nschedule = \"@often\"\n", "toml error 3:1 \"@often\" is no schedule"},
		{"places a wrong bundler", "functions.node_bundler = \"webpack\"\n", "toml error 1:1 node_bundler must be one of"},
		{"places a setting without a function", "[functions.gone]\nschedule = \"@daily\"\n", "toml warning 1:2 [functions.\"gone\"] names a function that there is not"},
		{"tells of a table that Netlify does not read", "[[scheduled.functions]]\nname = \"gone\"\nschedule = \"@daily\"\n", "toml warning 1:3 Netlify does not read [[scheduled.functions]]: none of these 1 schedules"},
		{"refuses a base outside", "[build]\nbase = \"../x\"\n", "toml error 2:1 the base directory ../x is outside"},
	} {
		t.Run(of.it, func(t *testing.T) {
			found := find(t, site(t, map[string]string{"netlify.toml": of.toml, "netlify/functions/x.js": handler}))
			if got := lines(found.Toml.Problems); len(got) == 0 || !strings.HasPrefix(got[0], of.want) {
				t.Errorf("problems = %q, want the first to begin with %q", got, of.want)
			}
		})
	}
}

func TestSchedulesThatNetlifyDoesNotReadAreKept(t *testing.T) {
	found := find(t, site(t, map[string]string{"netlify/functions/here.js": handler, "netlify.toml": "[[scheduled.functions]]\nname = \"here\"\nschedule = \"*/60 * * * *\"\n[[scheduled.functions]]\nname = \"ghost\"\ncron = \"@daily\"\n"}))
	if want := []Scheduled{{"here", "*/60 * * * *"}, {"ghost", "@daily"}}; !reflect.DeepEqual(found.Toml.Scheduled, want) {
		t.Errorf("scheduled = %v, want %v", found.Toml.Scheduled, want)
	}
	if got := lines(found.Toml.Problems); len(got) != 2 || !strings.Contains(got[1], `names "ghost", and there is no such function`) {
		t.Errorf("problems = %q, want one about ghost", got)
	}
	if f := named(t, found, "here"); f.Schedule != "" {
		t.Errorf("schedule = %q of a table that Netlify does not read", f.Schedule)
	}
}

func TestWhatIsWrongWithAFunctionIsToldWithItsPlace(t *testing.T) {
	for _, of := range []struct{ it, file, source, want string }{
		{"places a syntax error", "a.js", "const é = 1\n  const x = ;\n", "syntax error 2:13 Unexpected \";\""},
		{"counts columns in bytes", "a.js", "const é = ;\n" + handler, "syntax error 1:12 Unexpected \";\""},
		{"places a missing file", "a.mjs", "import x from 'there'\nimport './gone.js'\nexport const handler = x\n", "import error 2:8 imports \"./gone.js\", and there is no such file"},
		{"places a missing package", "a.mjs", "import x from 'y/z'\nexport const handler = x\n", "import error 1:15 imports \"y/z\", which is neither installed nor in package.json; npm install y"},
		{"tells that there is no handler", "a.mjs", "export const hander = 1\n", "handler error 1:1 exports neither handler nor default"},
		{"tells that a declaration file is a function", "a.d.ts", "export declare const handler: number\n", "handler error 1:1 is a declaration file"},
		{"places a schedule", "a.mjs", "export default () => {}\nexport const config = {\n  path: '/é', schedule: 'daily' }\n", "schedule error 3:16 \"daily\" is no cron expression: it has 1 fields"},
		{"places the schedule of a helper", "a.mjs", "import { schedule } from '@netlify/functions'\nexport const handler = schedule('x y', () => {})\n", "schedule error 2:33 \"x y\" is no cron expression"},
		{"tells of a helper without handler", "a.js", "const { schedule } = require('@netlify/functions')\n" + handler, "schedule error 1:1 imports schedule from @netlify/functions and does not export"},
		{"tells of a schedule from elsewhere", "a.mjs", "import { schedule } from '@netlify/functions'\nimport { cron } from '../cron.mjs'\nexport const handler = schedule(cron, () => {})\n", "schedule error 3:24 the first argument of schedule must be"},
		{"places a path", "a.mjs", "export default () => {}\nexport const config = { path: 'x' }\n", "config error 2:25 path must be a text that begins with a slash"},
		{"places a pattern", "a.mjs", "export default () => {}\nexport const config = { path: '/:a/:a' }\n", "config error 2:31 \"/:a/:a\" is no path that Netlify takes: the name :a stands twice"},
		{"places memory", "a.mjs", "export default () => {}\nexport const config = { memory: 1 }\n", "config error 2:25 memory must be"},
		{"places a region", "a.mjs", "export default () => {}\nexport const config = { region: 'mars' }\n", "config error 2:25 region must be one of"},
		{"tells of memory and vcpu", "a.mjs", "export default () => {}\nexport const config = { memory: 1024, vcpu: 1 }\n", "config error 2:39 memory and vcpu cannot both be set"},
		{"tells of a method", "a.mjs", "export default () => {}\nexport const config = { method: ['GET', 'FETCH'] }\n", "config error 2:25 method must be one of"},
		{"tells of a value that is no literal", "a.mjs", "const p = '/x'\nexport default () => {}\nexport const config = { path: p }\n", "config warning 3:25 path of config is not a literal"},
		{"tells of satisfies", "a.ts", "export default () => {}\nexport const config = { path: '/x' } satisfies object\n", "config warning 2:23 Netlify does not read this config"},
		{"tells of a config that is not read", "a.mjs", "export const handler = () => {}\nexport const config = { path: '/x' }\n", "config warning 2:23 this config is ignored"},
		{"tells of JSX", "a.tsx", "export const handler = () => <b/>\n", "config warning 1:1 Netlify cannot read what it exports"},
		{"tells of a link to nothing", "a.js", "->gone.js", "read error 0:0 leads nowhere"},
		{"tells of a link to a folder", "a.js", "->.", "read error 0:0 cannot be read: not a plain file"},
		{"tells of a name", "a.b.js", handler, "name warning 0:0 makes a function of the name \"a.b\""},
		{"tells of the reserved name", "___netlify-entry-point.js", handler, "name error 0:0 its name is kept"},
		{"tells of what is nested too deep", "a.js", "x = " + strings.Repeat("[", 500) + strings.Repeat("]", 500), "syntax warning 0:0 is nested too deep"},
	} {
		t.Run(of.it, func(t *testing.T) {
			files := map[string]string{
				"netlify/functions/" + of.file: of.source, "netlify/cron.mjs": "export const cron = '@daily'",
				"node_modules/@netlify/functions/index.js": "", "node_modules/there/index.js": "",
			}
			f := named(t, find(t, site(t, files)), strings.TrimSuffix(of.file, extension(of.file)))
			got := lines(f.Problems)
			if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, of.want) }) {
				t.Errorf("problems = %q, want one that begins with %q", got, of.want)
			}
			if len(got) != 1 && !strings.Contains(of.file, ".d.") {
				t.Errorf("problems = %q, want one", got)
			}
		})
	}
}

func TestWhatIsRightHasNoProblems(t *testing.T) {
	for file, source := range map[string]string{
		"a.js":   handler,
		"b.mjs":  "import fs from 'node:fs'\nimport 'http'\nexport default async () => fs\nexport const config = { path: ['/a', '/b/:c'], schedule: '@daily', memory: '2gb' }\n",
		"c.ts":   "import type { X } from 'nowhere'\nexport const handler = async (x: X) => x\n",
		"d.js":   "try { require('optional-one') } catch {}\nmodule.exports.handler = () => {}\n",
		"e.js":   "const aws = require('@aws-sdk/client-s3')\nmodule.exports = { handler: aws }\n",
		"f.mjs":  "export { handler } from '../lib.mjs'\n",
		"g.mjs":  "export * from '../lib.mjs'\n",
		"h.mjs":  "import data from '../data.json'\nexport default () => data\n",
		"i.mjs":  "await 1\nexport default () => 1\n",
		"j.cts":  "import x = require('fs')\nexports.handler = x\n",
		"k.js":   "Object.defineProperty(exports, 'handler', { get() {} })\n",
		"l.js":   "exports['handler'] = 1\n",
		"m.js":   "module.exports = exports = {}\nexports.handler = 1\n",
		"n.js":   "const all = { handler() {} }\nmodule.exports = all\n",
		"o.mjs":  "import x from 'declared'\nimport y from 'installed/sub'\nexport default () => x + y\n",
		"p.js":   "var __x = (a) => a\nmodule.exports = __x({ handler: 1 })\n", // unknown is no problem
		"q.tsx":  "export default async () => 1\n",
		"r.js":   "#!/usr/bin/env node\n'use strict'\n" + handler,
		"s.js":   "module.exports = require('../old.cjs')\n",
		"u.mjs":  "const é = { ü: 1 }\nexport default () => é\nexport const config = { path: '/ü', ünter: [é] }\n",
		"t-t.ts": "import { one } from '@lib/one'\nexport const handler = one\n",
	} {
		t.Run(file, func(t *testing.T) {
			found := find(t, site(t, map[string]string{
				"netlify/functions/" + file: source, "netlify/lib.mjs": "export const handler = 1", "netlify/data.json": "{}", "netlify/old.cjs": "exports.handler = 1",
				"node_modules/installed/sub.js": "module.exports = 1", "package.json": `{"dependencies":{"declared":"1"}}`,
				"tsconfig.json": `{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}`, "lib/one.ts": "export const one = 1",
			}))
			f := found.Functions[0]
			problems := slices.DeleteFunc(f.Problems, func(p Problem) bool { return p.Severity == Info })
			if len(problems) > 0 || found.Broken() || f.Handler == "no" || len(found.Problems) > 0 {
				t.Errorf("handler %s, problems %q %q", f.Handler, lines(problems), lines(found.Problems))
			}
		})
	}
}

func TestHandlerIsUnknownWhereItCannotBeTold(t *testing.T) {
	for source, want := range map[string]string{
		handler:                                      "yes",
		"module.exports = make()\n":                  "unknown",
		"module.exports = { ...rest }\n":             "unknown",
		"for (const k of ks) exports[k] = 1\n":       "unknown",
		"Object.assign(exports, x)\n":                "unknown",
		"module['exports'].handler = 1\n":            "unknown",
		"module.exports = async () => {}\n":          "no",
		"exports.run = 1\n":                          "no",
		"const x = 1\n":                              "no",
		"module.exports = { run: 1 }\n":              "no",
		"const handler = 1\n":                        "no",
		"module.exports.default = async () => {}\n":  "yes",
		"function f() { exports.handler = 1 } f()\n": "yes",
	} {
		if f := one(t, "a.js", source); f.Handler != want {
			t.Errorf("handler of %q = %s, want %s", source, f.Handler, want)
		}
	}
}

func TestNothingRunsAndNothingIsWritten(t *testing.T) {
	const evil = "require('fs').writeFileSync(require('path').join(__dirname, 'ran'), 'x'); process.exit(7)\n"
	root := site(t, map[string]string{"netlify/functions/a.js": evil + handler, "netlify/functions/b/index.ts": "import './c'\nthrow 1\n", "netlify/functions/b/c.ts": evil})
	before := listing(t, root)
	found := find(t, root)
	if after := listing(t, root); !slices.Equal(after, before) {
		t.Errorf("files = %q, want %q", after, before)
	}
	if f := named(t, found, "a"); f.Handler != "yes" {
		t.Errorf("handler of a = %s", f.Handler)
	}
}

func listing(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	if err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		files = append(files, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	return files
}

func TestEnvironmentHasNamesOnly(t *testing.T) {
	t.Setenv("SECRET_OF_TEST", "hunter2")
	found := find(t, site(t, map[string]string{
		"netlify/functions/a.mjs": `import { x } from "../x.mjs"
const { B, C: c = 1 } = process.env
export default () => [process.env.A, process.env["D"], process.env?.SECRET_OF_TEST, Netlify.env.get("E"), process.env[x], B, c]
`, "netlify/x.mjs": "export const x = process.env.F"}))
	if got, want := found.Functions[0].Env, []string{"A", "B", "C", "D", "E", "F", "SECRET_OF_TEST"}; !slices.Equal(got, want) {
		t.Errorf("env = %q, want %q", got, want)
	}
	if text := fmt.Sprintf("%+v", found); strings.Contains(text, "hunter2") {
		t.Error("the value of a variable is in the answer")
	}
}

func TestDuplicatesAndDebrisAreTold(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"a.js", "a.ts", "b_c.js", "b-c.js", "x.js.backup.1755991483.backup.2", "y.bak.js", "z copy.js", ".w.js.swp", "t.test.js", ".h.js", "_p.js", "k~", "lib/util.js", "_lib/util.js", "rust/Cargo.toml"} {
		files["netlify/functions/"+name] = handler
	}
	files["netlify/functions/away"] = "->lib"
	found := find(t, site(t, files))
	got := map[string]string{}
	for _, p := range found.Problems {
		got[strings.TrimPrefix(p.File, "netlify/functions/")] = p.Kind + " " + p.Severity
	}
	want := map[string]string{
		"a.ts": "duplicate warning", "b_c.js": "duplicate info", "x.js.backup.1755991483.backup.2": "debris info", "y.bak.js": "debris warning",
		"z copy.js": "debris warning", ".w.js.swp": "debris info", "t.test.js": "debris warning", ".h.js": "debris warning", "_p.js": "debris info",
		"k~": "debris info", "lib": "debris info", "rust": "debris info", "away": "debris warning",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("problems = %v\nwant %v", got, want)
	}
	if f := named(t, found, "a"); f.MainFile != "netlify/functions/a.js" {
		t.Errorf("main file of a = %s", f.MainFile)
	}
}

func TestWhatIsTooLargeIsFoundWithoutLoadingIt(t *testing.T) {
	root := site(t, map[string]string{"netlify/functions/ok.js": handler, "netlify/functions/imports.js": "require('../big.json')\n" + handler,
		"netlify/functions/includes.js": handler, "netlify/functions/zeros.js": handler,
		"netlify.toml": "[functions.includes]\nincluded_files = [\"netlify/*.bin\", \"!netlify/zero.*\"]\n[functions.zeros]\nincluded_files = [\"netlify/zero.*\"]\n"})
	noise(t, filepath.Join(root, "netlify/functions/archive.zip"), 60<<20)
	noise(t, filepath.Join(root, "netlify/functions/source.js"), 60<<20)
	if err := os.Link(filepath.Join(root, "netlify/functions/source.js"), filepath.Join(root, "netlify/big.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(root, "netlify/functions/source.js"), filepath.Join(root, "netlify/big.bin")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(root, "netlify/zero.bin"), nil, 0o644), os.Truncate(filepath.Join(root, "netlify/zero.bin"), 60<<20)); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found := find(t, root)
	runtime.ReadMemStats(&after)
	if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 40 {
		t.Errorf("Find allocated %d MB", spent)
	}
	for name, want := range map[string]bool{"ok": false, "archive": true, "source": true, "imports": true, "includes": true, "zeros": false} {
		f := named(t, found, name)
		got := slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Kind == KindSize && p.Severity == Error })
		if got != want {
			t.Errorf("%s of %d bytes is too large = %t, want %t (%q)", name, f.Size, got, want, lines(f.Problems))
		}
	}
}

// noise writes a file that cannot be compressed.
func noise(t *testing.T, path string, size int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	x := uint64(88172645463325252)
	for written := 0; written < size; written += len(block) {
		for i := range block {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
			block[i] = byte(x)
		}
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTwoThousandFunctionsAreRead(t *testing.T) {
	files := many(2000)
	files["netlify/functions/broken.ts"] = "const = 1"
	found := find(t, site(t, files))
	if len(found.Functions) != 2001 {
		t.Fatalf("%d functions, want 2001", len(found.Functions))
	}
	for _, f := range found.Functions {
		if f.Broken() != (f.Name == "broken") {
			t.Fatalf("%s: broken %t, %q", f.Name, f.Broken(), lines(f.Problems))
		}
	}
	if f := named(t, found, "f0007"); f.Schedule != "@daily" || len(f.Routes) != 1 || f.Routes[0].Literal != "/f/7" {
		t.Errorf("f0007 = %+v", f)
	}
}

// many are the files of a site with n functions in TypeScript.
func many(n int) map[string]string {
	files := map[string]string{"netlify/lib.ts": "export const reply = (x: string) => new Response(x + process.env.KEY)"}
	for i := range n {
		files[fmt.Sprintf("netlify/functions/f%04d.ts", i)] = fmt.Sprintf(`import type { Context, Config } from "@netlify/functions"
import { reply } from "../lib"
interface Body { name: string, tags?: string[] }
export default async (req: Request, context: Context): Promise<Response> => {
  const body = (await req.json()) as Body
  if (!/^[\w/]+$/.test(body.name)) { return new Response("no", { status: 400 }) }
  return reply(%[1]s)
}
export const config: Config = { path: "/f/%[2]d", method: ["POST"], schedule: "@daily" }
`, "`hello ${body.name}, ${body.tags?.map((t) => `<${t}>`).join(\"/\")}`", i)
	}

	return files
}

func TestFindEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, site(t, many(100)), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Find = %v, want canceled", err)
	}
}

func TestFindDoesNotWaitForAPipe(t *testing.T) {
	root := site(t, map[string]string{"netlify/functions/b.js": "require('./pipe.js')\n" + handler})
	for _, name := range []string{"a.js", "pipe.js", "noext"} {
		if err := unix.Mkfifo(filepath.Join(root, "netlify/functions", name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"netlify.toml", "_headers"} {
		if err := unix.Mkfifo(filepath.Join(root, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := find(t, root); !named(t, found, "a").Broken() || !named(t, found, "b").Broken() || len(found.Toml.Problems) == 0 {
		t.Errorf("a pipe is taken for a file: %+v", found)
	}
}

func TestFindNeedsAFolder(t *testing.T) {
	root := site(t, map[string]string{"file": ""})
	for _, name := range []string{"file", "gone"} {
		if _, err := Find(t.Context(), filepath.Join(root, name), Options{}); err == nil {
			t.Errorf("Find(%s) = nil, want an error", name)
		}
	}
}

func TestMissingPackageIsToldApartFromOneThatIsNotInstalled(t *testing.T) {
	found := find(t, site(t, map[string]string{
		"package.json":             `{"devDependencies":{"@acme/declared":"1"}}`,
		"netlify/functions/a.mjs":  "import x from '@acme/declared/deep'\nexport default () => x\n",
		"netlify/functions/b.js":   "const x = require('neither')\nexports.handler = x\n",
		"node_modules/@acme/x.txt": "",
	}))
	a, b := named(t, found, "a"), named(t, found, "b")
	if got := lines(a.Problems); len(got) != 1 || !strings.HasPrefix(got[0], "import info 0:0 imports \"@acme/declared\", which package.json names") || !a.SizeAtLeast {
		t.Errorf("a = %q, at least %t", got, a.SizeAtLeast)
	}
	if got := lines(b.Problems); len(got) != 1 || !strings.HasPrefix(got[0], "import error 1:19 imports \"neither\"") || b.Handler != "yes" {
		t.Errorf("b = %q, handler %s", got, b.Handler)
	}
}

func BenchmarkHundredFunctions(b *testing.B) {
	root := site(b, many(100))
	for b.Loop() {
		if found, err := Find(b.Context(), root, Options{}); err != nil || len(found.Functions) != 100 {
			b.Fatal(len(found.Functions), err)
		}
	}
}

func BenchmarkHundredFunctionsOneBroken(b *testing.B) {
	files := many(100)
	files["netlify/functions/f0050.ts"] = "const = 1"
	root := site(b, files)
	for b.Loop() {
		if found, err := Find(b.Context(), root, Options{}); err != nil || !found.Broken() {
			b.Fatal(found.Broken(), err)
		}
	}
}
