//go:build verify

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rr/internal/functions"
)

// officialFunction is what Netlify's bundler says of a function, as far as it
// is compared.
type officialFunction struct {
	Name, MainFile, Runtime, Bundler     string
	InvocationMode, Schedule, Region     string
	DisplayName, Generator               string
	Memory, VCPU                         any
	Timeout                              float64
	Routes, ExcludedRoutes, TrafficRules json.RawMessage
	EventSubscriptions                   []string
	BuildData                            struct{ RuntimeAPIVersion int }
}

// official runs Netlify's own bundler on a functions directory.
func official(t *testing.T, dir, config string) ([]officialFunction, error) {
	t.Helper()
	program, err := filepath.Abs("node_modules/.bin/zip-it-and-ship-it")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: make tools", err)
	}
	out := t.TempDir()
	manifest := filepath.Join(out, "manifest.json")
	cmd := exec.CommandContext(t.Context(), program, "--manifest", manifest, "--config", config, dir, filepath.Join(out, "zips"))
	cmd.Env = append(os.Environ(), "CI=1")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	content, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Functions []officialFunction }
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(read.Functions, func(a, b officialFunction) int { return cmp.Compare(a.Name, b.Name) })

	return read.Functions, nil
}

// ours reads the manifest that rr writes as if Netlify had written it.
func ours(t *testing.T, site functions.Site) []officialFunction {
	t.Helper()
	content, err := functions.Manifest(site, functions.ManifestOptions{Absolute: true})
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Functions []officialFunction }
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}

	return read.Functions
}

// tree writes a site. A file whose content begins with -> is a link, one whose
// name ends in a slash is a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		target, isLink := strings.CutPrefix(content, "->")
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

// functionsDir puts files into the functions directory of a site.
func functionsDir(files map[string]string) map[string]string {
	all := map[string]string{}
	for name, content := range files {
		all["netlify/functions/"+name] = content
	}

	return all
}

const (
	v1  = "exports.handler = async () => ({ statusCode: 200 })\n"
	esm = "export const handler = async () => ({ statusCode: 200 })\n"
	v2  = "export default async () => new Response('ok')\n"
)

// sdk is a package of the name of Netlify's, so that its helpers can be
// imported.
func withSDK(files map[string]string) map[string]string {
	files["package.json"] = `{"dependencies":{"@netlify/functions":"1.0.0","left-pad":"1.0.0"}}`
	files["node_modules/@netlify/functions/package.json"] = `{"name":"@netlify/functions","version":"1.0.0","main":"index.js"}`
	files["node_modules/@netlify/functions/index.js"] = "exports.schedule = (cron, handler) => handler; exports.stream = (handler) => handler"
	files["node_modules/left-pad/package.json"] = `{"name":"left-pad","version":"1.0.0","main":"index.js"}`
	files["node_modules/left-pad/index.js"] = "module.exports = 1"

	return files
}

// discovery is a tree with every rule of discovery.
func discovery() map[string]string {
	return functionsDir(map[string]string{
		"js.js": v1, "mjs.mjs": esm, "cjs.cjs": v1, "ts.ts": esm, "tsx.tsx": esm, "mts.mts": esm, "cts.cts": v1,
		"archive.zip": "PK", "esm-js.js": esm, "mail-background.js": v1, "two-background.mjs": v2, "archive-background.zip": "PK",
		// of one name
		"same.ts": esm, "same.mjs": esm, "same.js": v1, "pair.cjs": v1, "pair.tsx": esm, "zipped.zip": "PK", "zipped.js": v1, "zipped2.zip": "PK", "zipped2.mjs": esm,
		"folder.js": v1, "folder/folder.js": v1,
		// folders
		"named/named.js": v1, "named/index.js": v1, "named/helper.js": "module.exports = 1",
		"indexed/index.js": v1, "order/index.ts": esm, "order/order.mjs": esm, "last/index.cts": v1, "last/last.mts": esm,
		"typed/typed.ts": esm, "typed/index.js": v1,
		"main/package.json": `{"main":"entry.js"}`, "main/entry.js": v1, "main/index.mjs": esm,
		"only-main/package.json": `{"main":"entry.js"}`, "only-main/entry.js": v1,
		"dotted.v1/index.js": v1, "dotted.v1/dotted.js": v1, "full.v2/full.v2.js": v1,
		"deep/inner/inner.js": v1, "deep/inner/index.js": v1, "empty/": "", "text/readme.md": "x", "jsonly/index.json": "{}",
		"node_modules/node_modules.js": v1, "node_modules/index.js": v1, "indexdir/index.js/": "", "indexdir/index.mjs": esm,
		"_lib/util.js": "module.exports = 1", "_made/index.js": v1, ".dot/index.js": v1, ".dotted/.dotted.js": v1,
		// strange names
		".hidden.js": v1, "a.test.js": v1, "x.spec.ts": esm, "h.d.ts": "export declare const x: number\n", "_priv.js": v1, "index.js": v1, "index.ts": esm,
		"UPPER.js": v1, "upper.js": v1, "space name.js": v1, "é.js": v1, "1.js": v1, "a.b.c.js": v1, "x.js.js": v1,
		// no functions
		".js": v1, "readme.md": "x", "data.json": "{}", "y.js.backup.1755991483": v1, "z.jsx": v1, "shell.sh": "x", "main.go": "package main", "w.JS": v1, "v.js~": v1, "t.wasm": "x", "noext": "x",
		// links
		"linked.js": "->js.js", "linkdir": "->indexed", "linkdir.js": "->js.js", "outside.mjs": "->../../outside.mjs", "linkmain/linkmain.js": "->../js.js",
	})
}

// sources is a tree with every form of source that says something of itself.
func sources() map[string]string {
	const fn = "async () => new Response()"
	return withSDK(functionsDir(map[string]string{
		"path.mjs":      "export default " + fn + "\nexport const config = { path: '/api/path' }\n",
		"paths.ts":      "export default " + fn + "\nexport const config = { path: ['/a', '/a', '/b/:id', \"/c/*\"], method: ['get', 'POST'], preferStatic: true }\n",
		"typed.ts":      "import type { Config } from '@netlify/functions'\nexport default " + fn + "\nexport const config: Config = { path: '/typed', schedule: '@daily' }\n",
		"satisfies.ts":  "export default " + fn + "\nexport const config = { path: '/satisfies' } satisfies object\n",
		"asconst.ts":    "export default " + fn + "\nexport const config = { path: '/as' } as const\n",
		"paren.ts":      "export default " + fn + "\nexport const config = ({ path: '/paren' })\n",
		"parenas.ts":    "export default " + fn + "\nexport const config = ({ path: '/paren' }) as const\n",
		"cast.ts":       "export default " + fn + "\nexport const config = <object>{ path: '/cast' }\n",
		"letconfig.mjs": "export default " + fn + "\nexport let config = { path: '/let', schedule: \"0 5 * * 1\" }\n",
		"list.mjs":      "const config = { path: '/list' }\nconst f = " + fn + "\nexport { f as default, config }\n",
		"listfn.mjs":    "async function f() {}\nconst c = { path: '/listfn' }\nexport { c as config, f as default }\n",
		"listclass.mjs": "class F {}\nconst c = { path: '/listclass' }\nexport { c as config, F as default }\n",
		"listobj.mjs":   "const o = { fetch() {}, config: { path: '/listobj' } }\nexport { o as default }\n",
		"inline.mjs":    "export default { fetch() { return new Response() }, config: { path: '/inline', memory: 2048 } }\n",
		"inlineas.ts":   "export default { fetch() {}, config: { path: '/inlineas' } } satisfies object\n",
		"inlinevar.ts":  "const all = { async fetch() {}, deploySucceeded: async () => {}, userLogin() {}, config: { path: '/inlinevar' } } as object\nexport default all\n",
		"inlineref.mjs": "const config = { path: '/inlineref' }\nexport default { fetch() {}, config }\n",
		"empty.mjs":     "export const config = {}\nexport default { fetch() {}, config: { path: '/never' } }\n",
		"ref.mjs":       "const p = '/ref'\nexport default " + fn + "\nexport const config = { path: p, schedule: `@daily`, memory: 1024 }\n",
		"computed.mjs":  "const path = 'x'\nexport default " + fn + "\nexport const config = { ['path']: '/computed', 'method': 'PUT', ['excludedPath']: '/computed/no' }\n",
		"spread.mjs":    "const o = { path: '/no' }\nexport default " + fn + "\nexport const config = { ...o, schedule: '@hourly' }\n",
		"call.mjs":      "const make = (x) => x\nexport default " + fn + "\nexport const config = make({ path: '/call' })\n",
		"cjs2.js":       "exports.default = " + fn + "\nexports.config = { path: '/cjs2' }\n",
		"cjs2m.cjs":     "module.exports.default = " + fn + "\nmodule.exports.config = { path: '/cjs2m', background: true }\n",
		"cjsfn.js":      "module.exports = " + fn + "\n",
		"both.mjs":      "export default " + fn + "\nexport const handler = " + fn + "\nexport const config = { path: '/both' }\n",
		"handlerfn.mjs": "export default " + fn + "\nexport async function handler() {}\nexport const config = { path: '/handlerfn' }\n",
		"everything.ts": "export default " + fn + `
export const config = {
  path: "/everything/:name([a-z]+)/*", excludedPath: ["/everything/no", "/everything/:x?"], method: "DELETE", schedule: "@monthly",
  background: !1, preferStatic: !0, region: "FRA", memory: "2gb", timeout: 15, name: "Every Thing", generator: "me@1",
  rateLimit: { windowLimit: 60, windowSize: 1_0, aggregateBy: ["ip", "domain"] },
}
`,
		"limit.mjs":    "export default " + fn + "\nexport const config = { rateLimit: { action: 'rewrite', to: '/x', windowLimit: 1, windowSize: 2, aggregateBy: 'ip' }, vcpu: 0.5 }\n",
		"badlimit.mjs": "export default " + fn + "\nexport const config = { rateLimit: { windowLimit: '1' }, schedule: 5, background: 'yes', timeout: '3', name: 4, preferStatic: 'no' }\n",
		"bg.mjs":       "export default " + fn + "\nexport const config = { background: true }\n",
		"unicode.mjs":  "export default " + fn + "\nexport const config = { path: '/\\u00e9/\\x41/:n', schedule: '@we\\u0065kly' }\n",
		"patterns.mjs": "export default " + fn + "\nexport const config = { path: ['/x{/:y}?', '/f/:a.:b', '/g/(\\\\d+)', '/h/:i+', '/j/:k*', '/l{m}*', '/n/*/o', '/p/:q(a|b/c)?', '/r-:s', '/t/é/:u', '/*', '/v/:w/', '/{x}', '/a b/:c', '/e\\\\:f/:g', '/:h(.*)', '/i.:j?'] }\n",
		"literals.mjs": "export default " + fn + "\nexport const config = { path: ['/a.b', '/a+b', '/a?b', '/x:y', '/}', '/', '/a b'] }\n",
		// the first API
		"sched.js":        "const { schedule } = require('@netlify/functions')\nexports.handler = schedule('@daily', async () => ({}))\n",
		"schedas.js":      "const { schedule: every } = require('@netlify/functions')\nconst cron = '*/5 * * * *'\nmodule.exports.handler = every(cron, async () => ({}))\n",
		"schedesm.mjs":    "import { schedule as s } from '@netlify/functions'\nexport const handler = s('5 4 * * *', async () => ({}))\n",
		"schedlist.ts":    "import { schedule } from '@netlify/functions'\nconst run = async () => ({ statusCode: 200 })\nconst handler = schedule('@hourly', run)\nexport { handler }\n",
		"schedlet.mjs":    "import { schedule } from '@netlify/functions'\nlet handler\nhandler = schedule('@yearly', async () => ({}))\nexport { handler }\n",
		"stream.mjs":      "import { stream } from '@netlify/functions'\nexport const handler = stream(async () => ({}))\n",
		"ownsched.js":     "const schedule = (a, b) => b\nexports.handler = schedule('@daily', async () => ({}))\n",
		"v1config.mjs":    "export const handler = async () => ({})\nexport const config = { schedule: '@daily', path: '/no' }\n",
		"whole.js":        "module.exports = { handler: async () => ({ statusCode: 200 }) }\n",
		"reexport.mjs":    "export { handler } from './lib/other.mjs'\n",
		"star.mjs":        "export * from './lib/other.mjs'\n",
		"redefault.mjs":   "export { handler as default } from './lib/other.mjs'\nexport const config = { path: '/redefault' }\n",
		"lib/other.mjs":   esm,
		"jsx.tsx":         "const x = <b>hi</b>\nconst React = { createElement() {} }\nexport default " + fn + "\nexport const config = { path: '/jsx' }\n",
		"tsinjs.mjs":      "const re = /[/'\"`]/g, t = `a${`b${{ a: '}' }.a}`}`\nif (t) { /}/.test(t) }\nexport default async (req) => new Response(re.source / 2)\nexport const config = { path: '/tsinjs' }\n",
		"nohandler.js":    "const x = 1\nmodule.exports = { x }\n",
		"sideeffect.js":   "require('fs').writeFileSync(__dirname + '/ran', 'x')\n" + v1,
		"commented.mjs":   "// export const config = { path: '/no' }\n/* export const config = { path: '/no2' } */\nexport default " + fn + " // x\nexport const config = /* y */ { path: /* z */ '/commented', }\n",
		"directive.js":    "'use strict'\n#!x\n",
		"shebang.mjs":     "#!/usr/bin/env node\nexport default " + fn + "\nexport const config = { path: '/shebang' }\n",
		"decorator.ts":    "const d = (x: any, _: any) => x\n@d class A {}\nexport default " + fn + "\nexport const config = { path: '/decorator' }\n",
		"enum.ts":         "enum E { A = 1 }\nnamespace N { export const a = 1 }\nexport default async () => new Response(String(E.A + N.a))\nexport const config = { path: '/enum' }\nexport type X = { config: 1 }\n",
		"exportfn.mjs":    "export default function named() {}\nexport const config = { path: '/exportfn' }\n",
		"exportclass.mjs": "export default class {}\nexport const config = { path: '/exportclass' }\n",
		"minus.mjs":       "export default " + fn + "\nexport const config = { path: '/minus', timeout: -1, nodeBundler: 'none' }\n",
		"pad.js":          "const pad = require('left-pad')\nexports.handler = async () => ({ statusCode: pad })\n",
	}))
}

func TestFunctionsAreThoseOfNetlifysBundler(t *testing.T) {
	const everyOne = `{"*":{"nodeBundler":"esbuild"}}`
	withOutside := discovery()
	withOutside["outside.mjs"] = esm
	clean := sources()
	delete(clean, "netlify/functions/directive.js") // cannot be bundled
	for _, of := range []struct {
		name, config, toml string
		files              map[string]string
	}{
		{"discovery", everyOne, "[functions]\nnode_bundler = \"esbuild\"\n", withOutside},
		{"sources", everyOne, "[functions]\nnode_bundler = \"esbuild\"\n", clean},
		{"discovery with the default bundler", `{}`, "", withOutside},
		{"settings", `{"*":{"nodeBundler":"esbuild","schedule":"@daily","memory":1024},"pa*":{"schedule":"@weekly","region":"fra"},"path":{"timeout":7,"background":true},"p*s":{"name":"P"},"{sched,stream}":{"timeout":9},".*":{"timeout":1}}`,
			"[functions]\nnode_bundler = \"esbuild\"\nschedule = \"@daily\"\nmemory = 1024\n[functions.\"pa*\"]\nschedule = \"@weekly\"\nregion = \"fra\"\n[functions.path]\ntimeout = 7\nbackground = true\n[functions.\"p*s\"]\nname = \"P\"\n[functions.\"{sched,stream}\"]\ntimeout = 9\n[functions.\".*\"]\ntimeout = 1\n", without(clean, "limit.mjs")},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			root := tree(t, of.files)
			dir := filepath.Join(root, "netlify", "functions")
			want, err := official(t, dir, of.config)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "netlify.toml"), []byte(of.toml), 0o644); err != nil {
				t.Fatal(err)
			}
			site, err := functions.Find(t.Context(), root, functions.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(want) < 40 {
				t.Fatalf("%d functions, want at least 40", len(want))
			}
			t.Logf("%d functions", len(want))
			compareFunctions(t, ours(t, site), want)
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Error("a function was run")
			}
		})
	}
}

func without(files map[string]string, names ...string) map[string]string {
	rest := map[string]string{}
	for name, content := range files {
		if !slices.Contains(names, filepath.Base(name)) {
			rest[name] = content
		}
	}

	return rest
}

// compareFunctions holds rr's manifest against Netlify's, function by function.
func compareFunctions(t *testing.T, got, want []officialFunction) {
	t.Helper()
	find := func(list []officialFunction, name string) (officialFunction, bool) {
		i := slices.IndexFunc(list, func(f officialFunction) bool { return f.Name == name })
		if i < 0 {
			return officialFunction{}, false
		}
		return list[i], true
	}
	for _, w := range want {
		g, there := find(got, w.Name)
		if !there {
			t.Errorf("rr does not find %s (%s)", w.Name, w.MainFile)
			continue
		}
		if g, w := comparable(t, g), comparable(t, w); g != w {
			t.Errorf("%s\n got %s\nwant %s", filepath.Base(w), g, w)
		}
	}
	for _, g := range got {
		if _, there := find(want, g.Name); !there {
			t.Errorf("rr finds %s (%s), and Netlify does not", g.Name, g.MainFile)
		}
	}
}

// comparable is a function as text, its JSON with sorted keys.
func comparable(t *testing.T, f officialFunction) string {
	t.Helper()
	plain := func(raw json.RawMessage) string {
		if len(raw) == 0 || string(raw) == "[]" {
			return ""
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}

	return fmt.Sprintf("%s main=%s runtime=%s bundler=%s api=%d mode=%s schedule=%s region=%s memory=%v vcpu=%v timeout=%v name=%s generator=%s events=%v routes=%s excluded=%s traffic=%s",
		f.Name, f.MainFile, f.Runtime, f.Bundler, f.BuildData.RuntimeAPIVersion, f.InvocationMode, f.Schedule, f.Region, f.Memory, f.VCPU,
		f.Timeout, f.DisplayName, f.Generator, f.EventSubscriptions, plain(f.Routes), plain(f.ExcludedRoutes), plain(f.TrafficRules))
}

// TestWhatNetlifysBundlerRefusesIsBroken holds that each single function that
// makes the official bundler fail, and with it the whole build, has an error
// for rr, and that its neighbours, which it accepts, have none.
func TestWhatNetlifysBundlerRefusesIsBroken(t *testing.T) {
	const fn = "export default async () => new Response()\n"
	cases := []struct{ it, file, source string }{
		{"a syntax error", "a.mjs", "export const handler = ;\n"},
		{"a syntax error in TypeScript", "a.ts", "export const handler: = 1\n"},
		{"a missing file", "a.ts", "import './gone'\n" + esm},
		{"a missing package", "a.ts", "import x from 'gone'\nexport const handler = x\n"},
		{"a path without a slash", "a.mjs", fn + "export const config = { path: 'x' }\n"},
		{"a path that is null", "a.mjs", fn + "export const config = { path: null }\n"},
		{"a path that is a number", "a.mjs", fn + "export const config = { path: ['/a', 1] }\n"},
		{"a path of which a part is no literal", "a.mjs", "const p = '/p'\n" + fn + "export const config = { path: ['/a', p] }\n"},
		{"an excluded path", "a.mjs", fn + "export const config = { path: '/x', excludedPath: 'x' }\n"},
		{"a pattern that is none", "a.mjs", fn + "export const config = { path: '/:a/:a' }\n"},
		{"an open group", "a.mjs", fn + "export const config = { path: '/:a(' }\n"},
		{"a group in a group", "a.mjs", fn + "export const config = { path: '/((a))' }\n"},
		{"a method", "a.mjs", fn + "export const config = { method: 'FETCH' }\n"},
		{"too little memory", "a.mjs", fn + "export const config = { memory: 512 }\n"},
		{"memory that is text", "a.mjs", fn + "export const config = { memory: 'much' }\n"},
		{"memory and vcpu", "a.mjs", fn + "export const config = { memory: 1024, vcpu: 1 }\n"},
		{"much vcpu", "a.mjs", fn + "export const config = { vcpu: 3 }\n"},
		{"a region", "a.mjs", fn + "export const config = { region: 'mars' }\n"},
		{"a helper that is not used", "a.js", "const { schedule } = require('@netlify/functions')\n" + v1},
		{"a helper used within an object", "a.js", "const { schedule } = require('@netlify/functions')\nmodule.exports = { handler: schedule('@daily', () => {}) }\n"},
		{"a schedule from elsewhere", "a.mjs", "import { schedule } from '@netlify/functions'\nimport { x } from './lib/x.mjs'\nexport const handler = schedule(x, () => {})\n"},
		{"a schedule that is a template", "a.mjs", "import { schedule } from '@netlify/functions'\nexport const handler = schedule(`@daily`, () => {})\n"},
		{"the reserved name", "___netlify-entry-point.js", v1},
		{"a link to nothing", "a.js", "->gone"},
		{"a link to a folder", "a.js", "->lib"},
	}
	var roots []string
	for _, of := range cases {
		roots = append(roots, tree(t, withSDK(functionsDir(map[string]string{of.file: of.source, "fine.mjs": esm, "lib/x.mjs": "export const x = '@daily'\n"}))))
	}
	said := bundleEach(t, roots)
	for i, of := range cases {
		t.Run(of.it, func(t *testing.T) {
			if !strings.HasPrefix(said[i], "refused ") {
				t.Fatalf("Netlify's bundler says %q", said[i])
			}
			site, err := functions.Find(t.Context(), roots[i], functions.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(site.Functions) != 2 {
				t.Errorf("%d functions, want 2", len(site.Functions))
			}
			for _, f := range site.Functions {
				if want := f.Name != "fine"; f.Broken() != want {
					t.Errorf("%s: broken %t, want %t: %v", f.Name, f.Broken(), want, f.Problems)
				}
			}
		})
	}
}

// bundleEach says of each site whether Netlify's bundler takes its functions.
func bundleEach(t *testing.T, roots []string) []string {
	t.Helper()
	args := []string{"bundle_each.mjs", t.TempDir()}
	for _, root := range roots {
		args = append(args, filepath.Join(root, "netlify", "functions"))
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != len(roots) {
		t.Fatalf("%d answers for %d sites, %v\n%s", len(lines), len(roots), err, problems.String())
	}

	return lines
}

// TestFunctionsInGo holds programs and sources in Go against the official
// bundler, which builds the sources.
func TestFunctionsInGo(t *testing.T) {
	const program = "package main\n\nfunc main() {}\n"
	root := tree(t, functionsDir(map[string]string{
		"source/main.go": program, "source/go.mod": "module source\n", "named/named.go": program, "named/go.mod": "module named\n",
		"both/main.go": program, "both/go.mod": "module both\n", "both/both.js": v1, "file.go": program, "elsewhere/other.go": program, "js.js": v1,
	}))
	dir := filepath.Join(root, "netlify", "functions")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "ready"), ".")
	build.Dir, build.Env = filepath.Join(dir, "source"), append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "ready"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ready.exe", "js.bin"} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	build = exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "foreign"), ".")
	build.Dir, build.Env = filepath.Join(dir, "source"), append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := official(t, dir, `{"*":{"nodeBundler":"esbuild"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "netlify.toml"), []byte("[functions]\nnode_bundler = \"esbuild\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	site, err := functions.Find(t.Context(), root, functions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	compareFunctions(t, ours(t, site), want)
}
