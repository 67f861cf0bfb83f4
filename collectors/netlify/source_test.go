package netlify

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/functions"
	"rr/schemas"
)

func TestSourceTellsOfEveryFunction(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{
		"netlify.toml":                        "[functions.tick]\nschedule = \"@daily\"\n",
		"netlify/functions/hello.mjs":         hello,
		"netlify/functions/tick.js":           "exports.handler = async () => ({ statusCode: 200 })\n",
		"netlify/functions/late.mjs":          "export default async () => {}\nexport const config = { schedule: \"every day\" }\n",
		"netlify/functions/broken.mjs":        "export default async () => {\n  const x = ;\n}\n",
		"netlify/functions/lost.mjs":          "import { a } from './nowhere.mjs'\nexport default async () => a\n",
		"netlify/functions/mute.js":           "const x = 1\nmodule.exports = 3\n",
		"netlify/functions/job-background.js": "exports.handler = async () => {}\n",
		"netlify/functions/old.backup.js":     "exports.handler = async () => {}\n",
		"netlify/functions/tmp-a.js":          "exports.handler = async () => {}\n",
	})
	before := r.tree()
	facts := r.collect(r.source(schemas.Netlify{Expect: []string{"hello", "gone"}, Exclude: []string{"tmp-*"}}))
	for _, row := range []struct {
		name, state, cause, handler, schedule, scheduleOK string
		problem                                           string
		background, debris, expected                      bool
	}{
		{name: "hello", state: "valid", cause: "none", handler: "yes", scheduleOK: "none", expected: true},
		{name: "tick", state: "valid", cause: "none", handler: "yes", schedule: "@daily", scheduleOK: "yes"},
		{name: "late", state: "invalid", cause: "syntax", handler: "yes", schedule: "every day", scheduleOK: "no", problem: "netlify/functions/late.mjs:2:25: "},
		{name: "broken", state: "invalid", cause: "syntax", handler: "unknown", scheduleOK: "none", problem: "netlify/functions/broken.mjs:2:13: "},
		{name: "lost", state: "invalid", cause: "import", handler: "yes", scheduleOK: "none", problem: "netlify/functions/lost.mjs:1:19: "},
		{name: "mute", state: "invalid", cause: "handler", handler: "no", scheduleOK: "none", problem: "netlify/functions/mute.js:1:1: "},
		{name: "job-background", state: "valid", cause: "none", handler: "yes", scheduleOK: "none", background: true},
		{name: "old.backup", state: "valid", cause: "none", handler: "yes", scheduleOK: "none", debris: true},
		{name: "gone", state: "missing", cause: "none", handler: "unknown", scheduleOK: "none", expected: true},
	} {
		f := r.function(facts, row.name)
		if f.State != row.state || f.Cause != row.cause || f.Schedule != row.schedule || f.ScheduleOK != row.scheduleOK ||
			f.Background != row.background || f.Debris != row.debris || f.Expected != row.expected || !strings.HasPrefix(f.Problem, row.problem) ||
			(f.Problem == "") != (row.problem == "") {
			t.Errorf("%s is %+v, want %+v", row.name, f, row)
		}
		if f.Handler != row.handler && row.name != "broken" {
			t.Errorf("%s: handler = %s, want %s", row.name, f.Handler, row.handler)
		}
		if f.Routes == nil || f.Env == nil {
			t.Errorf("%s: a list is null: %+v", row.name, f)
		}
	}
	if f := r.function(facts, "hello"); !slices.Equal(f.Env, []string{"GREETING"}) || !slices.Equal(f.Routes, []string{"/api/hello"}) || *f.APIVersion != 2 || *f.SizeBytes == 0 || *f.SizePct != 0 {
		t.Errorf("hello is %+v", f)
	}
	if _, there := facts.Functions["netlify/shop/function/tmp-a"]; there {
		t.Error("a function that is excluded is seen")
	}
	if m := facts.Manifest; m.Functions != 9 || m.Invalid != 4 || m.TomlState != "ok" || m.DirectoryFound != "present" || m.Wanted || m.State != "missing" {
		t.Errorf("the manifest is %+v", m)
	}
	if after := r.tree(); after != before {
		t.Errorf("looking changed the folder:\n%s\n%s", before, after)
	}
}

func TestSourceTellsOfTheFolderAsAWhole(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		files                             map[string]string
		toml, found, from, problem, state string
	}{
		"knows a site without anything": {map[string]string{"a.txt": ""}, "missing", "missing", "default", "", "missing"},
		"places what is wrong in netlify.toml": {map[string]string{"netlify.toml": "[functions\n"}, "invalid", "missing", "default",
			"netlify.toml:1:11: ", "missing"},
		"knows who names the folder": {map[string]string{"netlify.toml": "[build]\nfunctions = \"f\"\n", "f/a.js": "exports.handler = 1"}, "ok", "present", "toml_build", "", "missing"},
	} {
		r := newRig(t, row.files)
		m := r.collect(r.source(schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: "m.json"}})).Manifest
		if m.TomlState != row.toml || m.DirectoryFound != row.found || m.DirectoryFrom != row.from || !strings.HasPrefix(m.TomlProblem, row.problem) || (row.problem == "") != (m.TomlProblem == "") || m.State != row.state || !m.Wanted {
			t.Errorf("it %s: %+v", it, m)
		}
	}
}

func TestSourceReadsManifestsOfEveryShape(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"netlify/functions/hello.mjs": hello, "netlify/functions/bye.js": "exports.handler = async () => {}\n"})
	s := r.source(schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: "m.json", Shape: "version_1"}})
	site, err := functions.Find(t.Context(), r.dir, functions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	right, err := functions.Wanted(site, "version_1", "")
	if err != nil {
		t.Fatal(err)
	}
	for it, row := range map[string]struct {
		text, state, shape string
		ghosts, orphans    int
		drift              []string
		problem            string
	}{
		"takes rr's own":           {string(right), "ok", "version_1", 0, 0, nil, ""},
		"takes names":              {`{"generatedAt":"x","functions":["hello","bye"]}`, "ok", "names", 0, 0, nil, ""},
		"takes objects":            {`{"functions":[{"name":"hello","path":"a"},{"name":"bye","path":"b"}]}`, "ok", "names", 0, 0, nil, ""},
		"takes names and objects":  {`{"functions":[{"name":"hello","path":"a"},"bye"]}`, "ok", "mixed", 0, 0, nil, ""},
		"finds ghosts and orphans": {`{"functions":["hello","dead"]}`, "drifted", "names", 1, 1, nil, ""},
		"finds drift":              {strings.Replace(string(right), "/api/hello", "/api/other", -1), "drifted", "version_1", 0, 0, []string{"hello: routes"}, ""},
		"places what is no JSON":   {"{\n  \"version\": ,\n}", "invalid", "unknown", 0, 2, nil, "m.json:2:14: "},
		"refuses another version":  {`{"version":2,"functions":[]}`, "invalid", "unknown", 0, 2, nil, "m.json: it has version 2"},
		"refuses an empty file":    {"", "invalid", "unknown", 0, 2, nil, "m.json:"},
	} {
		r.write("m.json", row.text)
		m := r.collect(s).Manifest
		if m.State != row.state || m.Shape != row.shape || len(m.Ghosts) != row.ghosts || len(m.Orphans) != row.orphans || !slices.Equal(m.Drift, append([]string{}, row.drift...)) || !strings.HasPrefix(m.Problem, row.problem) {
			t.Errorf("it %s: %+v", it, m)
		}
	}
}

// A source that does not parse leaves gaps in the manifest that rr writes of it:
// that manifest is right all the same, and is not written again and again.
func TestAManifestOfABrokenSourceIsRight(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"netlify/functions/hello.mjs": "export default async () => {"})
	site, err := functions.Find(t.Context(), r.dir, functions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := functions.Wanted(site, "version_1", "")
	if err != nil {
		t.Fatal(err)
	}
	r.write("m.json", string(text))
	if m := r.collect(r.source(schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: "m.json", Shape: "version_1"}})).Manifest; m.State != "ok" {
		t.Errorf("the manifest is %+v", m)
	}
}

func TestSourceIsParsedOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"netlify/functions/hello.mjs": hello, "lib/a.js": "exports.a = 1\n", "data.log": ""})
	s := r.source(schemas.Netlify{})
	parsed := func(want int, after string) {
		t.Helper()
		if r.collect(s); s.parsed != want {
			t.Fatalf("after %s it was parsed %d times, want %d", after, s.parsed, want)
		}
	}
	parsed(1, "the first look")
	r.at = r.at.Add(time.Minute)
	parsed(1, "nothing")
	r.write("data.log", "more")
	parsed(1, "a change of what is no source")
	r.write("netlify/functions/hello.mjs", strings.Replace(hello, "hello", "jello", 1))
	parsed(2, "a change of the same size")
	at := filepath.Join(r.dir, "lib", "a.js")
	info, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}
	r.write("lib/a.js", "exports.a = 2\n")
	if err := os.Chtimes(at, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	parsed(3, "a change of what is imported that keeps size and time")
	r.remove("lib/a.js")
	parsed(4, "a file that is gone")
	r.at = r.at.Add(lookAnyway)
	parsed(5, "a long time")
}

func TestSourceKnowsThePast(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"netlify/functions/hello.mjs": hello, "netlify/functions/gone/index.mjs": hello, "lib/db.mjs": "export const db = 1\n",
		"netlify/functions/data.mjs": "import { db } from '../../lib/db.mjs'\nexport default async () => db\n"})
	config := schemas.Netlify{Expect: []string{"gone", "never"}}
	facts := r.collect(r.source(config))
	if f := r.function(facts, "hello"); f.Committed != "unknown" {
		t.Errorf("without git it is %q", f.Committed)
	}
	if f := r.function(facts, "never"); f.Restorable != "no" {
		t.Errorf("without git %+v can be restored", f)
	}
	first := r.commit()
	r.write("netlify/functions/hello.mjs", "export default async () => {") // broken, and committed so
	r.remove("netlify/functions/gone/index.mjs")
	r.commit()
	r.write("lib/db.mjs", "export const db = ;\n") // broken, and not committed
	facts = r.collect(r.source(config))
	if f := r.function(facts, "hello"); f.Committed != "yes" || f.Restorable != "yes" || f.RestoreFrom != "netlify/functions/hello.mjs of commit "+first[:12] {
		t.Errorf("what was committed broken is %+v", f)
	}
	if f := r.function(facts, "data"); f.Committed != "yes" || f.Restorable != "yes" || !strings.HasPrefix(f.RestoreFrom, "lib/db.mjs of commit ") {
		t.Errorf("what imports something broken is %+v", f)
	}
	if f := r.function(facts, "gone"); f.State != "missing" || f.Restorable != "yes" || f.RestoreFrom != "netlify/functions/gone/index.mjs of commit "+first[:12] {
		t.Errorf("what was deleted is %+v", f)
	}
	if f := r.function(facts, "never"); f.Restorable != "no" {
		t.Errorf("what never was is %+v", f)
	}
	r.write("netlify/functions/new.mjs", hello)
	if f := r.function(r.collect(r.source(config)), "new"); f.Committed != "no" {
		t.Errorf("what is new is %+v", f)
	}
}

// Nobody can tell in a clone without its history.
func TestSourceCannotTellInAShallowClone(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"netlify/functions/hello.mjs": hello})
	r.commit()
	r.write("netlify/functions/hello.mjs", "export default async () => {")
	r.commit()
	clone := newRig(t, nil)
	clone.git("clone", "-q", "--depth=1", "file://"+r.dir, "c")
	clone.dir = filepath.Join(clone.dir, "c")
	if f := clone.function(clone.collect(clone.source(schemas.Netlify{})), "hello"); f.Restorable != "unknown" {
		t.Errorf("in a shallow clone it is %+v", f)
	}
}

func TestSourceErrsWhereThereIsNoFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	s := NewSource("shop", filepath.Join(r.dir, "nowhere"), schemas.Netlify{}, r.now)
	if facts, err := s.Collect(t.Context()); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("it gives %v and %v", facts, err)
	}
}

// No value that a source or a file beside it holds is in any fact.
func TestSourceTellsNoValue(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{
		"netlify/functions/hello.mjs": hello, ".env": "GREETING=s3cr3t-value\n", "netlify.toml": "[build.environment]\nGREETING = \"s3cr3t-value\"\n[[headers]]\nfor = \"/*\"\n[headers.values]\nBasic-Auth = \"s3cr3t-value\"\n",
	})
	text, err := json.Marshal(r.collect(r.source(schemas.Netlify{})))
	if err != nil || strings.Contains(string(text), "s3cr3t-value") {
		t.Errorf("the facts hold a value (%v): %s", err, text)
	}
}

func TestTwoThousandFunctionsAreLookedAtWithinReason(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	files := map[string]string{}
	for i := range 2000 {
		files[fmt.Sprintf("netlify/functions/f%04d.mjs", i)] = strings.Replace(hello, "/api/hello", fmt.Sprintf("/api/%d", i), 1)
	}
	r := newRig(t, files)
	r.commit()
	s := r.source(schemas.Netlify{})
	began := time.Now()
	facts := r.collect(s)
	first := time.Since(began)
	began = time.Now()
	r.collect(s)
	again := time.Since(began)
	t.Logf("2,000 functions: %s the first time, %s again", first, again)
	if len(facts.Functions) != 2000 || r.function(facts, "f1999").Committed != "yes" {
		t.Errorf("%d functions were seen", len(facts.Functions))
	}
	if s.parsed != 1 || again > first/4 {
		t.Errorf("looking again took %s, the first time %s", again, first)
	}
}

func TestManyBrokenFunctionsAreLookedForAFewAtATime(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range restorableAtOnce + 3 {
		files[fmt.Sprintf("netlify/functions/f%d.mjs", i)] = hello
	}
	r := newRig(t, files)
	r.commit()
	for name := range files {
		r.write(name, "export default async () => {")
	}
	s := r.source(schemas.Netlify{})
	for look, want := range []int{restorableAtOnce, restorableAtOnce + 3} {
		got := 0
		for _, f := range r.collect(s).Functions {
			if f.Restorable == "yes" {
				got++
			}
		}
		if got != want {
			t.Errorf("look %d knows of %d, want %d", look+1, got, want)
		}
	}
}
