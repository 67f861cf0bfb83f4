package functions

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestManifestIsTheSameForTheSameSource(t *testing.T) {
	files := many(20)
	files["netlify/functions/limited.mjs"] = "export default () => {}\nexport const config = { rateLimit: { windowLimit: 1, windowSize: 2 } }\n"
	var texts [2][]byte
	for i := range texts {
		root := site(t, files)
		old := time.Unix(int64(i)*1000, 0)
		if err := os.Chtimes(filepath.Join(root, "netlify/functions/f0003.ts"), old, old); err != nil {
			t.Fatal(err)
		}
		text, err := Manifest(find(t, root), ManifestOptions{})
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = text
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error("the manifests of the same source differ")
	}
	if !bytes.Contains(texts[0], []byte(`"timestamp": 0`)) || bytes.Contains(texts[0], []byte(os.TempDir())) {
		t.Errorf("the manifest speaks of this machine or this time: %s", texts[0][:200])
	}
}

func TestManifestThatIsWrittenReadsBackWithoutDifference(t *testing.T) {
	files := many(5)
	files["netlify/functions/z-background.zip"] = "PK"
	files["netlify/functions/all.mjs"] = "export default () => {}\nexport const config = { path: ['/a/:b', '/c'], excludedPath: '/c/d', method: ['GET', 'PUT'], memory: 2048, region: 'fra', timeout: 3, preferStatic: true }\n"
	files["netlify/functions/__proto__.js"] = handler
	root := site(t, files)
	found := find(t, root)
	for _, o := range []ManifestOptions{{}, {Absolute: true}} {
		text, err := Manifest(found, o)
		if err != nil {
			t.Fatal(err)
		}
		listed, err := ReadManifest(text)
		if err != nil || listed.Shape != ShapeV1 || len(listed.Problems) > 0 || len(listed.Entries) != len(found.Functions) {
			t.Fatalf("ReadManifest = %s, %d entries, %q, %v", listed.Shape, len(listed.Entries), listed.Problems, err)
		}
		if d := Compare(found, listed); !d.None() {
			t.Errorf("Compare = %+v", d)
		}
	}
	text, err := ManifestOld(found)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := ReadManifest(text)
	if err != nil || listed.Shape != ShapeNames || len(listed.Problems) > 0 || !Compare(found, listed).None() {
		t.Errorf("older shape = %s, %q, %+v, %v", listed.Shape, listed.Problems, Compare(found, listed), err)
	}
}

func TestCompareTellsWhatDiffers(t *testing.T) {
	source := Site{Functions: []Function{
		{Name: "a", MainFile: "f/a.js", Runtime: "js", RuntimeAPIVersion: 2, Schedule: "@daily", Routes: []Route{{Pattern: "/x", Literal: "/x", Methods: []string{"PUT", "GET"}}, {Pattern: "/y"}}},
		{Name: "b", MainFile: "f/b.js", Runtime: "js", RuntimeAPIVersion: 1},
	}}
	same := Entry{Name: "a", MainFile: "/srv/site/f/a.js", Runtime: "js", RuntimeAPIVersion: 2, Schedule: "@daily", Routes: []Route{{Pattern: "/y"}, {Pattern: "/x", Methods: []string{"GET", "PUT"}}}}
	for _, of := range []struct {
		it     string
		change func(*Entry)
		field  string
	}{
		{"sees no difference in folders and order", func(*Entry) {}, ""},
		{"sees another schedule", func(e *Entry) { e.Schedule = "@hourly" }, "schedule"},
		{"sees a lost schedule", func(e *Entry) { e.Schedule = "" }, "schedule"},
		{"sees a lost route", func(e *Entry) { e.Routes = e.Routes[:1] }, "routes"},
		{"sees another method", func(e *Entry) { e.Routes[1].Methods = []string{"GET"} }, "routes"},
		{"sees another main file", func(e *Entry) { e.MainFile = "/srv/site/f/xa.js" }, "main_file"},
		{"sees another version", func(e *Entry) { e.RuntimeAPIVersion = 1 }, "runtime_api_version"},
		{"sees another mode", func(e *Entry) { e.InvocationMode = "background" }, "invocation_mode"},
		{"sees another memory", func(e *Entry) { e.Memory = 2048 }, "memory"},
	} {
		t.Run(of.it, func(t *testing.T) {
			entry := same
			entry.Routes = slices.Clone(same.Routes)
			of.change(&entry)
			d := Compare(source, Listed{Shape: ShapeV1, Entries: []Entry{entry, {Name: "ghost"}}})
			if !slices.Equal(d.Ghosts, []string{"ghost"}) || !slices.Equal(d.Orphans, []string{"b"}) {
				t.Errorf("ghosts %q, orphans %q", d.Ghosts, d.Orphans)
			}
			got := ""
			for _, drift := range d.Drift {
				got += drift.Field
			}
			if got != of.field {
				t.Errorf("drift = %q, want %q", got, of.field)
			}
		})
	}
}

func TestReadManifestOfEveryShape(t *testing.T) {
	for _, of := range []struct {
		it, text, shape string
		names           []string
		problem         string
	}{
		{"reads the official one", `{"version":1,"timestamp":1,"functions":[{"name":"a","mainFile":"/a.js","path":"/a.zip","runtime":"js","buildData":{"runtimeAPIVersion":1}}]}`, ShapeV1, []string{"a"}, ""},
		{"tells of what could not be parsed", `{"version":1,"functions":[{"name":"a","mainFile":"/a.js","path":"/a.zip","runtime":"js","buildData":{}}]}`, ShapeV1, []string{"a"}, "buildData.runtimeAPIVersion"},
		{"tells of what is lacking", `{"version":1,"functions":[{"name":"a"}]}`, ShapeV1, []string{"a"}, `"a" has no mainFile, path, runtime`},
		{"tells of an entry that is none", `{"version":1,"functions":["a", 3]}`, ShapeV1, nil, "functions[0] cannot be read"},
		{"reads names", `{"generatedAt":"2026-11-22T16:29:59.875Z","functions":["_x","a","b"]}`, ShapeNames, []string{"_x", "a", "b"}, ""},
		{"reads names and objects", `{"generatedAt":"x","functions":["a",{"name":"a","path":"f/a.js"},{"name":"b","path":"f/b.js"}]}`, ShapeNames, []string{"a", "a", "b"}, `"a" is listed more than once`},
		{"reads one with metadata", `{"generatedAt":"x","functions":["a"],"metadata":{"totalFunctions":1,"categories":{},"generatedBy":"y"}}`, ShapeNames, []string{"a"}, ""},
		{"reads one with totals", `{"generatedAt":"x","functions":["a"],"totalFunctions":1,"generatedBy":"y"}`, ShapeNames, []string{"a"}, ""},
		{"tells of what is no name", `{"functions":["a",null,7,{"path":"x"},""]}`, ShapeNames, []string{"a"}, "functions[1] is neither"},
		{"tells of a version that it does not know", `{"version":2,"functions":[]}`, ShapeUnknown, nil, "it has version 2"},
		{"tells of what is no manifest", `{"name":"x"}`, ShapeUnknown, nil, "neither version nor functions"},
		{"tells of one without a list", `{"version":1}`, ShapeV1, nil, "no list of functions"},
	} {
		t.Run(of.it, func(t *testing.T) {
			listed, err := ReadManifest([]byte(of.text))
			if err != nil || listed.Shape != of.shape {
				t.Fatalf("ReadManifest = %s, %v; want %s", listed.Shape, err, of.shape)
			}
			var names []string
			for _, e := range listed.Entries {
				names = append(names, e.Name)
			}
			if !slices.Equal(names, of.names) {
				t.Errorf("names = %q, want %q", names, of.names)
			}
			all := strings.Join(listed.Problems, "\n")
			if (of.problem == "") != (all == "") || !strings.Contains(all, of.problem) {
				t.Errorf("problems = %q, want %q", all, of.problem)
			}
		})
	}
}

func TestReadManifestPlacesWhatIsNoJSON(t *testing.T) {
	for text, want := range map[string]string{"": "1:1: ", "{\n \"a\" 1}": "2:6: ", `{"functions":3}`: "functions is a number", "[]": " is a array"} {
		if _, err := ReadManifest([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("ReadManifest(%q) = %v, want %q", text, err, want)
		}
	}
}

func TestHeadersAreReadByNameOnly(t *testing.T) {
	found := find(t, site(t, map[string]string{
		"netlify.toml":    "[build]\npublish = \"dist\"\n[[headers]]\nfor = \"/*\"\n[headers.values]\nX-Frame-Options = \"DENY\"\nAuthorization = \"Bearer hunter2\"\n[[headers]]\nvalues = 3\n",
		"dist/_headers":   "# all\n/*\n  X-Content-Type-Options: nosniff\n\tStrict-Transport-Security: max-age=1\n/api/*\n  Content-Security-Policy: x\n  broken line\n",
		"public/_headers": "/*\n  Referrer-Policy: x\n",
	}))
	h := found.Headers
	if want := []string{"content-security-policy", "permissions-policy", "referrer-policy"}; !slices.Equal(h.Missing, want) {
		t.Errorf("missing = %q, want %q", h.Missing, want)
	}
	if want := []string{"netlify.toml", "dist/_headers"}; !slices.Equal(h.Sources, want) {
		t.Errorf("sources = %q, want %q", h.Sources, want)
	}
	if got := lines(h.Problems); len(got) != 2 || !strings.HasPrefix(got[1], "headers error 7:3 is no header") {
		t.Errorf("problems = %q", got)
	}
	for _, rule := range h.Rules {
		if strings.Contains(strings.Join(rule.Names, " "), "hunter2") {
			t.Error("the value of a header is in the answer")
		}
	}
}

func TestCheckCron(t *testing.T) {
	for schedule, valid := range map[string]bool{
		"* * * * *": true, "*/5 0-6 1,15 JAN-MAR MON": true, "@daily": true, "@hourly": true, "@weekly": true, "@monthly": true, "@yearly": true, "*/60 * * * *": true, " 0 0 * * 0 ": true,
		"": false, "@every 5m": false, "@reboot": false, "* * * * * *": false, "* * * *": false, "61 * * * *": false, "CRON_TZ=UTC * * * * *": false, "TZ=UTC * * * *": false, "daily": false, "* * * * X": false,
	} {
		if err := checkCron(schedule); (err == nil) != valid {
			t.Errorf("checkCron(%q) = %v, want valid %t", schedule, err, valid)
		}
	}
}

func TestRouteRefusesWhatIsNoPattern(t *testing.T) {
	for _, path := range []string{"/:", "/{a", "/(", "/(a", "/()", "/(?a)", "/((a))", "/(é)", "/:a/:a", "/*}", "/:a\\"} {
		if r, err := route(path); err == nil {
			t.Errorf("route(%q) = %+v, want an error", path, r)
		}
	}
}

func TestSettingsOfWeighsGlobs(t *testing.T) {
	toml := tomlFile{settings: []tomlSettings{
		{"api-users", map[string]any{"schedule": "exact"}}, {"api-*", map[string]any{"schedule": "prefix", "memory": int64(1)}},
		{"*", map[string]any{"schedule": "all", "region": "fra", "includedFiles": []any{"a"}}}, {"{api,x}-*", map[string]any{"includedFiles": []any{"b"}}}, {"[", nil},
	}}
	want := map[string]any{"schedule": "exact", "memory": int64(1), "region": "fra", "includedFiles": []any{"a", "b"}}
	if got := toml.settingsOf("api-users"); !reflect.DeepEqual(got, want) {
		t.Errorf("settingsOf = %v, want %v", got, want)
	}
	if got := toml.settingsOf(".hidden"); len(got) != 0 {
		t.Errorf("settingsOf(.hidden) = %v", got)
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(`{"version":1,"functions":[{"name":"a","mainFile":"/a.js","path":"/a.zip","runtime":"js","routes":[{"pattern":"/x","methods":["GET"]}],"memory":"2gb"}]}`))
	f.Add([]byte(`{"generatedAt":"x","functions":["a",{"name":"a","path":"f/a.js"},null]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		listed, err := ReadManifest(content)
		if err != nil {
			return
		}
		d := Compare(Site{}, listed)
		if len(d.Orphans) > 0 || len(d.Ghosts) > len(listed.Entries) {
			t.Errorf("Compare with nothing = %+v", d)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add("/*\n  A: b\n# x\nfoo\n")
	f.Add("\ufeff/a\r\n\tA:b\r\n")
	f.Fuzz(func(t *testing.T, content string) {
		rules, problems := parseHeaders("_headers", content)
		lines := strings.Count(content, "\n") + 1
		for _, rule := range rules {
			if rule.Line < 1 || rule.Line > lines {
				t.Errorf("rule on line %d of %d", rule.Line, lines)
			}
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Errorf("problem at %d:%d of %d lines", p.Line, p.Column, lines)
			}
		}
		missingHeaders(rules)
	})
}

func FuzzToml(f *testing.F) {
	f.Add("[build]\nbase = \"web\"\nfunctions = 3\n[functions]\ndirectory = \"x\"\nschedule = \"@daily\"\n[functions.\"a*\"]\nincluded_files = [\"a\", 3]\n[[scheduled.functions]]\nname = \"x\"\n[[headers]]\nfor = \"/*\"\n[headers.values]\nA = \"b\"\n")
	f.Add("functions.\"{a,b}\".memory = 1\n[functions.\"[\"]\n")
	f.Fuzz(func(t *testing.T, content string) {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, tomlName), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		s := &search{site: Site{Root: root}, measured: newMeasured()}
		s.readToml()
		s.findDirectory()
		s.readHeaders()
		s.checkToml()
		s.toml.settingsOf("name")
		lines := strings.Count(content, "\n") + 1
		for _, p := range s.site.Toml.Problems {
			if p.Line < 0 || p.Line > lines+1 {
				t.Errorf("%s on line %d of %d", p.Message, p.Line, lines)
			}
		}
	})
}

func FuzzRoute(f *testing.F) {
	for _, path := range []string{"/a/:b", "/{x/:y}?", "/(a|b)+", "/*", "/é:f\\:", "/:a(b[/]c)*"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		r, err := route(path)
		if err == nil && r.Pattern != path {
			t.Errorf("route(%q) = %+v", path, r)
		}
	})
}

// FuzzSource holds that no source makes the reader fail, loop or place anything
// outside of it.
func FuzzSource(f *testing.F) {
	for _, source := range []string{
		"export default async () => {}\nexport const config = { path: ['/a', \"/b\"], ['method']: `GET`, get x() {}, async *y() {}, ...z, n: !0 } satisfies X\n",
		"import { schedule as s } from '@netlify/functions'\nexport const handler = s('@daily', async () => {})\n",
		"const { schedule: s } = require('@netlify/functions'), a = 1\nmodule.exports = { handler: s('x') }\nexports.config = {}",
		"export { a as handler, b as default, config }\nlet a, b = { config: {} }\na = /[/]/g, `${`${1}`}`\nconst config = <X>{}\n",
		"#!/x\n@d class A {}\nexport * from 'x'\nif (a) /x/.test(b) / 2\n",
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 5000 || tooDeep([]byte(source)) {
			return
		}
		for range lex(source).list { // whatever it is
		}
		n, problems := normalise(source)
		if len(problems) > 0 {
			return
		}
		e := readExports(n)
		e.handler()
		object := e.config
		if object == nil {
			object = e.inline()
		}
		checkConfig(object)
		one := &subject{file: candidate{main: "a.js"}, settings: map[string]any{}}
		one.read(e, ".js")
		lines := strings.Count(source, "\n") + 1
		for _, p := range one.Problems {
			if p.Line > lines {
				t.Errorf("%s on line %d of %d", p.Message, p.Line, lines)
			}
		}
	})
}
