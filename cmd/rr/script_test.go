package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets stories run the real rr.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rr": main})
}

// Each story is one file of testdata/script. HOME is the story's own folder, so
// that there is no PM2.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)

			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "await": await},
	})
}

// exits runs rr and holds its exit code: exits 2 check.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits code [argument...]")
	}
	code := "0"
	if err := ts.Exec("rr", args[1:]...); err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("rr %v exits %s, want %s", args[1:], code, args[0])
	}
}

// await runs rr until what it prints matches: await '"turn": [1-9]' status -o json.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await pattern argument...")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_ = ts.Exec("rr", args[1:]...) // its exit code is not what is awaited
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("rr %v never prints %s", args[1:], pattern)
}
