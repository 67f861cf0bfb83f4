package workflowfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rhysd/actionlint"
)

const good = `name: CI
on: [push, workflow_dispatch]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
`

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}

	return src
}

// told is a file's problems in one line each.
func told(f File) []string {
	var lines []string
	for _, p := range f.Problems {
		fatal := ""
		if p.Fatal {
			fatal = "fatal "
		}
		lines = append(lines, fmt.Sprintf("%d:%d %s%s: %s", p.Line, p.Column, fatal, p.Kind, p.Message))
	}

	return lines
}

// TestTheKnownCorruptionsGetTheVerdictsOfActionlint holds every message that
// actionlint itself has about them, at its place.
func TestTheKnownCorruptionsGetTheVerdictsOfActionlint(t *testing.T) {
	for _, test := range []struct {
		file  string
		valid bool
		want  []string
	}{
		{"permissions_in_concurrency.yml", true, []string{
			`14:3 syntax-check: unexpected key "contents" for "concurrency" section`, `15:3 syntax-check: unexpected key "actions" for "concurrency" section`,
		}},
		{"true_for_on.yml", false, []string{
			`1:1 fatal syntax-check: "on" section is missing in workflow`, `2:1 fatal syntax-check: unexpected key "true" for "workflow" section`,
		}},
		{"with_not_indented.yml", true, []string{
			`19:14 syntax-check: "with" section should not be empty`, `20:9 syntax-check: unexpected key "node-version" for step to execute action`,
		}},
	} {
		src := fixture(t, test.file)
		f := Check(test.file, src)
		got := told(f)
		if f.Valid != test.valid || len(got) != len(test.want) {
			t.Errorf("Check(%s): valid %t, %q, want %t, %q", test.file, f.Valid, got, test.valid, test.want)
			continue
		}
		linter, err := actionlint.NewLinter(&bytes.Buffer{}, &actionlint.LinterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		errs, err := linter.Lint("<stdin>", src, nil)
		if err != nil || len(errs) != len(got) {
			t.Fatalf("actionlint says %v, %v, Check %q", errs, err, got)
		}
		for i := range got {
			if !strings.HasPrefix(got[i], test.want[i]) || !strings.HasPrefix(f.Problems[i].Message, errs[i].Message) {
				t.Errorf("Check(%s)[%d] = %q, want %q as actionlint: %q", test.file, i, got[i], test.want[i], errs[i].Message)
			}
		}
	}
}

func TestCheckTellsWhatIsFatal(t *testing.T) {
	for _, test := range []struct {
		it   string
		src  string
		want string // beginning of the fatal problem; empty for valid
	}{
		{"takes a plain workflow", good, ""},
		{"takes CR LF", strings.ReplaceAll(good, "\n", "\r\n"), ""},
		{"takes a byte order mark", byteOrderMark + good, ""},
		{"takes a quoted on", strings.Replace(good, "on:", "'on':", 1), ""},
		{"takes an unknown key", "future: 1\n" + good, ""},
		{"takes an unknown event", strings.Replace(good, "push", "moonrise", 1), ""},
		{"takes an event that is a shape of its own", strings.Replace(good, "[push, workflow_dispatch]", "{schedule: soon}", 1), ""},
		{"takes a concurrency queue, which actionlint does not know", "concurrency: {group: a, queue: max}\n" + good, ""},
		{"takes anchors", strings.Replace(good, "    steps", "    env: &env {A: b}\n    container: {image: x, env: *env}\n    steps", 1), ""},
		{"refuses an empty file", "", "1:1 fatal empty: empty"},
		{"refuses spaces", " \n\n", "1:1 fatal empty: empty"},
		{"refuses comments only", "# name: CI\n# on: push\n", "1:1 fatal empty: only comments"},
		{"refuses no document", "---\n", "1:"},
		{"refuses a scalar", "hello", "1:1 fatal"},
		{"refuses no on", strings.Replace(good, "on: [push, workflow_dispatch]\n", "", 1), `1:1 fatal syntax-check: "on" section is missing`},
		{"refuses an empty on", strings.Replace(good, "[push, workflow_dispatch]", "", 1), `0:0 fatal syntax-check: "on" section names no event`},
		{"refuses an on without events", strings.Replace(good, "[push, workflow_dispatch]", "[]", 1), `2:5 fatal syntax-check: "on" section should not be empty`},
		{"refuses true for on", strings.Replace(good, "on:", "true:", 1), `1:1 fatal syntax-check: "on" section is missing`},
		{"refuses True for on", strings.Replace(good, "on:", "True:", 1), `1:1 fatal syntax-check: "on" section is missing`},
		{"refuses no jobs", "on: push\n", `1:1 fatal syntax-check: "jobs" section is missing`},
		{"refuses empty jobs", "on: push\njobs: {}\n", `2:7 fatal syntax-check: "jobs" section should not be empty`},
		{"refuses a list of jobs", "on: push\njobs: [a]\n", `2:7 fatal syntax-check: "jobs" section is sequence node`},
		{"refuses bad YAML", "on: push\njobs:\n  a: b: c\n", "3:"},
		{"refuses conflict markers", "<<<<<<< HEAD\n" + good, "2:"},
		{"refuses zero bytes", "on: push\njobs:\x00", "2:6 fatal text: not text"},
		{"refuses what is not UTF-8", "on: push\nna\xe9me: x", "2:3 fatal text: not UTF-8: byte 0xe9"},
		{"refuses UTF-16", "\xff\xfeo\x00n\x00", "1:1 fatal text: UTF-16"},
		{"refuses an alias of itself", "on: push\njobs: &a\n  b: *a\n", "3:6 fatal aliases: an alias that contains itself"},
		{"refuses an alias of nothing", "on: push\njobs: *a\n", "0:0 fatal"},
	} {
		f := Check("ci.yml", []byte(test.src))
		got := ""
		if fatal := f.Fatal(); fatal != nil {
			got = told(File{Problems: []Problem{*fatal}})[0]
		}
		if f.Valid != (test.want == "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("it %s: valid %t, %q, want %q; all: %q", test.it, f.Valid, got, test.want, told(f))
		}
	}
}

func TestASecondDocumentIsToldOf(t *testing.T) {
	for text, want := range map[string]string{
		good + "---\n" + good:                    "9:1 syntax-check: a second document",
		good + "---\n: [":                        "0:0 syntax-check: a second document",
		"---\n" + good:                           "",
		good + "      - run: |\n          ---\n": "",
	} {
		if got := strings.Join(told(Check("", []byte(text))), "\n"); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("Check(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTrueForOnIsExplained(t *testing.T) {
	got := strings.Join(told(Check("", fixture(t, "true_for_on.yml"))), "\n")
	if !strings.Contains(got, `wrote "on" as "true": write "on:" again`) {
		t.Errorf("Check tells\n%s\nand not what made it so", got)
	}
}

// TestCheckBoundsWhatItReads holds that no bytes take long or much memory.
func TestCheckBoundsWhatItReads(t *testing.T) {
	bomb := "on: push\nx0: &x0 [a,a,a,a,a,a,a,a,a]\n"
	for i := 1; i < 9; i++ {
		bomb += fmt.Sprintf("x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d,", i-1), 9), ","))
	}
	step := "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{%s}]}}\n"
	for _, test := range []struct{ it, src, want string }{
		{"refuses 5 MB", good + strings.Repeat("# a comment\n", 5<<20/12), "more than 1048576 bytes"},
		{"refuses a bomb of aliases", bomb + "jobs: {a: {strategy: {matrix: {b: *x8}}}}\n", "add up to more than 100000 values"},
		{"refuses a bomb in broken YAML", bomb + "jobs: *x8\n a: b: c\n", "could not parse"},
		{"refuses 500,000 open brackets", "on: push\njobs: " + strings.Repeat("[", 500_000), "could not parse"},
		{"refuses 300,000 levels", "on: push\njobs:\n" + strings.Repeat("- ", 300_000), "could not parse"},
		{"follows no endless expression", fmt.Sprintf(step, "run: 'echo ${{ "+strings.Repeat("(", 900_000)+" }}'"), "more than 21000 characters"},
		{"follows no endless condition", fmt.Sprintf(step, "run: a, if: '"+strings.Repeat("!", 900_000)+"'"), "more than 21000 characters"},
		{"follows no endless list of operators", fmt.Sprintf(step, "run: a, if: '"+strings.Repeat("a||", 300_000)+"a'"), "more than 21000 characters"},
		{"follows no endless matrix", "on: push\njobs: {a: {runs-on: a, strategy: {matrix: {b: ['${{ " + strings.Repeat("[", 900_000) + " }}']}}, steps: [run: a]}}\n", "more than 21000 characters"},
		{"compares no endless matrix", "on: push\njobs: {a: {runs-on: a, strategy: {matrix: {b: [" + values(100_000-100) + "]}}, steps: [run: a]}}\n", "a matrix of more than 1000 values"},
		{"combines no endless matrix", "on: push\njobs: {a: {runs-on: a, strategy: {matrix: {b: [1], exclude: [" + strings.Repeat("{b: 1},", 1001) + "]}}, steps: [run: a]}}\n", "a matrix of more than 1000 values"},
		{"compares a matrix just small enough", "on: push\njobs: {a: {runs-on: ubuntu-latest, strategy: {matrix: {b: [" + values(998) + "x, x]}}, steps: [run: a]}}\n", "duplicate value"},
		{"follows an expression just short enough", fmt.Sprintf(step, "run: a, if: '"+strings.Repeat("(", 20_900)+"'"), "unexpected"},
		{"tells no more than 100 warnings", "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [run: a]}}\n" + manyKeys(50_000), "49900 more problems are not told"},
		{"cuts a message that quotes much", "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [run: a]}}\n" + strings.Repeat("k", 900) + ": 1\n", "…"},
	} {
		began := time.Now()
		f := Check("ci.yml", []byte(test.src))
		took := time.Since(began)
		if got := strings.Join(told(f), "\n"); !strings.Contains(got, test.want) || len(f.Problems) > maxProblems+2 || len(got) > (maxMessage+100)*(maxProblems+2) {
			t.Errorf("it %s: %.300s, want %q", test.it, got, test.want)
		}
		if took > 20*time.Second {
			t.Errorf("it %s: took %s", test.it, took)
		}
		t.Logf("it %s: %s", test.it, took.Round(time.Millisecond))
	}
}

func values(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "v%d,", i)
	}

	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}

	return b.String()
}

func TestAPanicOfTheLibraryIsAFatalProblem(t *testing.T) {
	f := check("ci.yml", []byte(good), func(src []byte) (w *actionlint.Workflow, problems []Problem) {
		return guarded(func() (*actionlint.Workflow, []Problem) { panic("no such rule") })
	})
	if got := told(f); f.Valid || len(got) != 1 || got[0] != "0:0 fatal internal: actionlint failed on this file: no such rule" {
		t.Errorf("check = %t, %q, want one fatal problem", f.Valid, got)
	}
}

func TestCheckReadsNoDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	for path, text := range map[string]string{
		"ci.yml":                  "broken: [",
		".git/HEAD":               "ref: refs/heads/main",
		".github/workflows/x.yml": good,
		".github/actionlint.yaml": "paths: {'**': {ignore: ['.*']}}",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The project's configuration would hide every problem.
	if f := Check(".github/workflows/x.yml", []byte("unknown: 1\n"+good)); len(f.Problems) != 1 {
		t.Errorf("Check = %q, want the one warning of the bytes given", told(f))
	}
}

func TestCheckIsTheSameEveryTime(t *testing.T) {
	src := []byte(strings.Replace(good, "push", "push, nothing, pushed", 1) + "x: 1\ny: 2\n")
	want := told(Check("", src))
	for range 20 {
		if got := told(Check("", src)); !slices.Equal(got, want) {
			t.Fatalf("Check = %q, then %q", want, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file := Check("f.yml", src)
		if file.Valid != (file.Fatal() == nil) {
			t.Errorf("valid %t with %q", file.Valid, told(file))
		}
		if !slices.IsSortedFunc(file.Problems[:min(len(file.Problems), maxProblems)], byPosition) {
			t.Errorf("problems are not in order: %q", told(file))
		}
		for _, s := range file.Schedules {
			if next := s.Next(time.Unix(1_700_000_000, 0)); next.IsZero() != (s.Err != "") {
				t.Errorf("%+v runs next at %s", s, next)
			}
		}
	})
}

func seed(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("<<<<<<< a\n" + good + "=======\n" + good + ">>>>>>> b\n"))
	f.Add([]byte(strings.ReplaceAll(good, "  ", "\t")))
	f.Add([]byte(byteOrderMark + strings.ReplaceAll(good, "\n", "\r\r\n")))
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) == 0 {
		f.Fatal("no examples", err)
	}
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
}
