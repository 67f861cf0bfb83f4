package netlify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rr/schemas"
)

func TestManifestIsWrittenOnceAndTheSameFromTheSameSource(t *testing.T) {
	t.Parallel()
	for shape, text := range map[string]string{"version_1": `"routes"`, "names": `"generatedAt": "1970-01-01`} {
		r := newRig(t, schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: ".netlify/functions/manifest.json", Shape: shape}})
		r.does(manifestVerb, manifestID, "manifest.json lists 1 functions")
		first := r.read(".netlify/functions/manifest.json")
		if !strings.Contains(first, text) || !strings.Contains(first, "hello") {
			t.Errorf("as %s it is %s", shape, first)
		}
		r.refuses(manifestVerb, manifestID, "says what the source says")
		r.write(".netlify/functions/manifest.json", "{")
		r.does(manifestVerb, manifestID, "what it held is kept as "+r.site.Replace)
		if again := r.read(".netlify/functions/manifest.json"); again != first {
			t.Errorf("the same source gives %s, then %s", first, again)
		}
		if r.fake.Writes() != 0 || len(r.fake.Requests()) != 0 {
			t.Errorf("it asked the API: %+v", r.fake.Requests())
		}
	}
}

func TestManifestRefusesWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	config := schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: "m.json", Shape: "version_1"}}
	r := newRig(t, config)
	r.write("netlify.toml", "[functions\n")
	r.refuses(manifestVerb, manifestID, "it is not known where the functions are")
	r.write("netlify.toml", "[functions]\ndirectory = \"nowhere\"\n")
	r.refuses(manifestVerb, manifestID, "there is no folder of functions at nowhere")
	if _, err := os.Stat(filepath.Join(r.site.Dir, "m.json")); err == nil {
		t.Error("it wrote an empty list")
	}
	r = newRig(t, schemas.Netlify{})
	if note, err := r.act(manifestVerb, manifestID, "x"); err == nil || !strings.Contains(err.Error(), "none is wanted") {
		t.Errorf("without a path it ends with %q and %v", note, err)
	}
	r = newRig(t, config)
	r.write("elsewhere.json", "{}")
	if err := os.Symlink("elsewhere.json", filepath.Join(r.site.Dir, "m.json")); err != nil {
		t.Fatal(err)
	}
	if note, err := r.act(manifestVerb, manifestID, "x"); err == nil || r.read("elsewhere.json") != "{}" {
		t.Errorf("over a link it ends with %q and %v", note, err)
	}
	r = newRig(t, schemas.Netlify{Manifest: schemas.NetlifyManifest{Path: "../m.json"}})
	if note, err := r.act(manifestVerb, manifestID, "x"); err == nil {
		t.Errorf("outside of the folder it ends with %q", note)
	}
}

func shell(script string) schemas.NetlifyBuild {
	return schemas.NetlifyBuild{Command: []string{"sh", "-c", script}, Env: []string{"SECRET_ONE", "NODE_ENV"}}
}

func TestBuildSeesNothingButWhatIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{Build: shell("env | sed 's/=.*//' | sort | tr '\\n' ' '; pwd")})
	r.env["SECRET_ONE"], r.env["NODE_ENV"], r.env["SECRET_TWO"], r.env["LANG"], r.env["NETLIFY_AUTH_TOKEN"] = "s3cr3t-one", "production", "s3cr3t-two", "C", "s3cr3t-token"
	note, err := r.act(buildVerb, manifestID, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "LANG", "NODE_ENV", "PATH", "SECRET_ONE", filepath.Base(r.site.Dir)} {
		if !strings.Contains(note, name) {
			t.Errorf("%s is not in %q", name, note)
		}
	}
	if strings.Contains(note, "SECRET_TWO") || strings.Contains(note, "TOKEN") {
		t.Errorf("it saw too much: %q", note)
	}
}

func TestBuildTellsTheEndOfItsLogWithoutSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{Build: shell(`i=0; while [ $i -lt 3000 ]; do echo "line $i of the log"; i=$((i+1)); done; echo "key=$SECRET_ONE"; printf 'in colour \033[31m%s\033[0m' "$SECRET_ONE"; echo "$SECRET_ONE" | base64; echo the end >&2; exit 7`)})
	r.env["SECRET_ONE"] = "s3cr3t-one-that-is-long"
	_, err := r.act(buildVerb, manifestID, "x")
	if err == nil || !strings.Contains(err.Error(), "build failed: sh: exit code 7: ") || !strings.HasSuffix(err.Error(), "the end") || !strings.Contains(err.Error(), "key=[redacted]") || len(err.Error()) > 2200 {
		t.Errorf("it ends with %v", err)
	}
	if strings.Contains(err.Error(), "line 1 of") || strings.Contains(err.Error(), "czNjcjN0LW9uZS10aGF0") || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("it tells too much: %v", err)
	}
}

func TestBuildIsEndedAsAWholeWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	config := schemas.Netlify{Build: shell("sleep 300 & echo $! > child; wait")}
	config.Build.Timeout = schemas.Duration(500 * time.Millisecond)
	r := newRig(t, config)
	began := time.Now()
	_, err := r.act(buildVerb, manifestID, "x")
	if err == nil || !strings.Contains(err.Error(), "ended after 500ms, with all that it started") || time.Since(began) > 20*time.Second {
		t.Errorf("it ends with %v after %s", err, time.Since(began))
	}
	gone(t, strings.TrimSpace(r.read("child")))

	r = newRig(t, schemas.Netlify{Build: shell("sleep 300 & echo $! > child")})
	if _, err := r.act(buildVerb, manifestID, "x"); err != nil {
		t.Errorf("what leaves something behind ends with %v", err)
	}
	gone(t, strings.TrimSpace(r.read("child")))
}

// gone waits until a process is no more, or waits for its parent only.
func gone(t *testing.T, pid string) {
	t.Helper()
	if pid == "" {
		t.Fatal("there is no pid")
	}
	for range 100 {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(text), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process %s lives on", pid)
}

func TestBuildHoldsThatTheFunctionIsValidAfterwards(t *testing.T) {
	t.Parallel()
	ask := func(r *rig) (string, error) {
		return Build{r.sites()}.Act(t.Context(), schemas.Action{Target: manifestID, Subject: helloID, Policy: "policies.x"}, r.seen)
	}
	r := newRig(t, schemas.Netlify{Build: shell("echo fallback used")})
	r.write("netlify/functions/hello.mjs", broken)
	r.look()
	if note, err := ask(r); err == nil || !strings.Contains(err.Error(), "the build ended well, and yet hello is invalid") || !strings.Contains(err.Error(), "fallback used") {
		t.Errorf("it ends with %q and %v", note, err)
	}
	if note, err := ask(r); !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "was built since it was looked at") {
		r.site.Work.built = r.at.Add(time.Second)
		if note, err = ask(r); !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "was built since it was looked at") {
			t.Errorf("the second ends with %q and %v", note, err)
		}
	}
	r = newRig(t, schemas.Netlify{Build: shell(fmt.Sprintf("printf %%s '%s' > netlify/functions/hello.mjs", hello))})
	r.write("netlify/functions/hello.mjs", broken)
	r.look()
	if note, err := ask(r); err != nil || !strings.Contains(note, "built in ") {
		t.Errorf("one that mends it ends with %q and %v", note, err)
	}
	r.at = r.at.Add(time.Second)
	r.seen.Sources[manifestID.Source()] = schemas.Source{TakenAt: r.at}
	if note, err := ask(r); !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "hello was invalid and is valid now") {
		t.Errorf("one that is not needed any more ends with %q and %v", note, err)
	}
	r = newRig(t, schemas.Netlify{})
	if note, err := ask(r); err == nil || !strings.Contains(err.Error(), "rr does not build") {
		t.Errorf("without a command it ends with %q and %v", note, err)
	}
	r = newRig(t, schemas.Netlify{Build: schemas.NetlifyBuild{Command: []string{"no-such-program"}}})
	if note, err := ask(r); err == nil || !strings.Contains(err.Error(), "no-such-program: executable file not found") {
		t.Errorf("without a program it ends with %q and %v", note, err)
	}
}

func TestRestoreSourceBringsBackTheNewestValidVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	r.commit()
	newer := strings.Replace(hello, "GREETING", "GREETING_2", 1)
	r.write("netlify/functions/hello.mjs", newer)
	second := r.commit()
	r.write("netlify/functions/hello.mjs", "export default async () => { // committed broken")
	r.commit()
	r.write("netlify/functions/hello.mjs", broken)
	r.look()
	head := r.git("rev-parse", "HEAD")
	r.does(sourceVerb, helloID, "hello: netlify/functions/hello.mjs restored from commit "+second[:12]+"; what it held is kept as "+r.site.Replace)
	if got := r.read("netlify/functions/hello.mjs"); got != newer {
		t.Errorf("it holds %q", got)
	}
	kept, err := filepath.Glob(filepath.Join(r.site.Replace, "*hello.mjs"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept are %v (%v)", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || string(text) != broken {
		t.Errorf("kept is %q (%v)", text, err)
	}
	r.refuses(sourceVerb, helloID, "hello was invalid and is valid now")
	r.look()
	r.refuses(sourceVerb, helloID, "hello is valid")
	if r.git("rev-parse", "HEAD") != head || r.git("status", "--porcelain", "--untracked-files=no") != "M netlify/functions/hello.mjs" || r.git("diff", "--cached", "--stat") != "" {
		t.Errorf("git is not as it was: %s", r.git("status", "--porcelain"))
	}
}

func TestRestoreSourceBringsBackWhatIsGoneOrImported(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	r.write("lib/db.mjs", "export const db = 1\n")
	r.write("netlify/functions/hello.mjs", "import { db } from '../../lib/db.mjs'\nexport default async () => db\n")
	r.commit()
	r.write("lib/db.mjs", "export const db = ;\n")
	r.look()
	r.does(sourceVerb, helloID, "hello: lib/db.mjs restored from commit ")
	if got := r.read("lib/db.mjs"); got != "export const db = 1\n" {
		t.Errorf("lib/db.mjs holds %q", got)
	}
	if err := os.RemoveAll(filepath.Join(r.site.Dir, "netlify")); err != nil {
		t.Fatal(err)
	}
	r.look()
	r.does(sourceVerb, helloID, "netlify/functions/hello.mjs restored from commit ")
	r.read("netlify/functions/hello.mjs")
}

func TestRestoreSourceRefuses(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		change func(*rig)
		text   string
	}{
		"without a valid version": {func(r *rig) { r.write("netlify/functions/hello.mjs", broken); r.commit() }, "no such version in the history"},
		"in the middle of a merge": {func(r *rig) {
			r.commit()
			r.write(".git/MERGE_HEAD", r.git("rev-parse", "HEAD"))
			r.write("netlify/functions/hello.mjs", broken)
		}, "git has MERGE_HEAD there"},
		"in the middle of a rebase": {func(r *rig) {
			r.commit()
			r.write(".git/rebase-merge/head-name", "x")
			r.write("netlify/functions/hello.mjs", broken)
		}, "git has rebase-merge there"},
		"what is wrong in several files": {func(r *rig) {
			r.write("a.mjs", "x =;")
			r.write("b.mjs", "y =;")
			r.write("netlify/functions/hello.mjs", "import '../../a.mjs'\nimport '../../b.mjs'\nexport default async () => 1\n")
			r.commit()
		}, "what is wrong is not in one file"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, schemas.Netlify{})
			row.change(r)
			r.look()
			r.refuses(sourceVerb, helloID, row.text)
		})
	}
}

// backups holds one good copy.
type backups struct{ text, asked string }

func (b *backups) NewestValid(_ context.Context, scope, name string, current []byte, valid func([]byte) bool) ([]byte, string, error) {
	b.asked = scope + " " + name
	if b.text == string(current) || !valid([]byte(b.text)) {
		return nil, "", nil
	}

	return []byte(b.text), "the backup of 3 o'clock", nil
}

func TestRestoreSourceLooksIntoBackupsFirst(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct{ text, from string }{
		"takes what is valid":       {hello + "// of a backup\n", "the backup of 3 o'clock"},
		"leaves what is not":        {broken + broken, "commit "},
		"leaves what is already so": {broken, "commit "},
	} {
		r := newRig(t, schemas.Netlify{})
		r.commit()
		r.write("netlify/functions/hello.mjs", broken)
		r.look()
		b := &backups{text: row.text}
		r.does(func(s Sites) actor { return RestoreSource{Sites: s, Backups: b} }, helloID, "restored from "+row.from)
		if b.asked != "shop netlify/functions/hello.mjs" {
			t.Errorf("it %s: the backups were asked for %q", it, b.asked)
		}
	}
}

// Two acts on one site's folder are never done at once.
func TestOneActAtATime(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{Build: shell("echo > begun; sleep 1"), Manifest: schemas.NetlifyManifest{Path: "m.json"}})
	done := make(chan error)
	go func() {
		_, err := Build{r.sites()}.Act(t.Context(), schemas.Action{Target: manifestID}, r.seen)
		done <- err
	}()
	for range 200 {
		if _, err := os.Stat(filepath.Join(r.site.Dir, "begun")); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.refuses(manifestVerb, manifestID, "another action on site shop is under way")
	r.refuses(buildVerb, manifestID, "another action on site shop is under way")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWhatWasChangedMeanwhileIsNotReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, schemas.Netlify{})
	for _, old := range [][]byte{[]byte("what was read before"), nil} {
		if _, err := r.site.replace("netlify/functions/hello.mjs", old, []byte("new")); !errors.Is(err, schemas.ErrRefused) || !strings.Contains(err.Error(), "was changed meanwhile") {
			t.Errorf("it ends with %v", err)
		}
	}
	if got := r.read("netlify/functions/hello.mjs"); got != hello {
		t.Errorf("it holds %q", got)
	}
}
