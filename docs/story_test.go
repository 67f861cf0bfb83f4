package docs_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	_ "modernc.org/sqlite"

	"rr/internal/pm2test"
	"rr/policies"
	"rr/runner/config"
)

// programs is a folder with the rr and the opa that the pages call.
var programs string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("/tmp", "rr-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "rr"), "rr/cmd/rr").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build rr: %v\n%s", err, out)
		return 1
	}
	opa, err := exec.Command("go", "tool", "-n", "opa").Output()
	if err == nil {
		err = os.Symlink(strings.TrimSpace(string(opa)), filepath.Join(dir, "opa"))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "build opa: %v\n", err)
		return 1
	}

	return m.Run()
}

// story is one page that is being executed.
type story struct {
	t       *testing.T
	dir     string // /srv/web in the pages
	home    string // /home/me/.pm2 in the pages
	env     []string
	console string // every console block of the page
	running []*exec.Cmd
	rego    bool
}

// newStory makes the folder of a page, and a PM2 home where it has console
// blocks.
func newStory(t *testing.T, all []block) *story {
	t.Helper()
	s := &story{t: t}
	for _, b := range all {
		if b.kind() == "console" {
			s.console += b.text
		}
	}
	if s.console == "" && !slices.ContainsFunc(all, func(b block) bool { return b.file() != "" }) {
		return s
	}
	// Not t.TempDir: the path of a socket may have 107 bytes and no more.
	dir, err := os.MkdirTemp("/tmp", "rrweb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pm2 := pm2test.New(t, "7")
	bin := filepath.Join(pm2.Home, "bin")
	if err := errors.Join(os.Mkdir(bin, 0o755), os.Symlink(pm2.Bin, filepath.Join(bin, "pm2"))); err != nil {
		t.Fatal(err)
	}
	s.dir, s.home = dir, pm2.Home
	s.env = append(pm2.Environ(), "PATH="+programs+":"+bin+":"+os.Getenv("PATH"))
	t.Cleanup(s.stop)

	return s
}

// tell executes one block; next is the one after it.
func (s *story) tell(b, next block) error {
	if name := b.file(); name != "" {
		path := filepath.Join(s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(b.text), 0o644)); err != nil {
			return err
		}
	}
	switch kind := b.kind(); {
	case kind == "cue" && b.mistake():
		_, err := config.Parse(config.FileName, []byte(b.text))
		return refused(err, next)
	case kind == "cue":
		_, err := config.Parse(config.FileName, []byte(b.text))
		return err
	case kind == "rego" && b.mistake():
		return refused(s.loadMistake(b), next)
	case kind == "rego" && b.file() != "":
		s.rego = true
		return nil
	case (kind == "js" || kind == "toml") && b.file() != "":
		return nil
	case kind == "text" && slices.Contains(b.info, "told"):
		return nil // compared with the mistake before it
	case kind == "console":
		return s.run(b)
	case kind == "json" && len(b.info) > 1:
		return s.compareShape(strings.Join(b.info[1:], " "), b.text)
	case kind == "sql":
		return s.query(b.text)
	case kind == "yaml" && b.file() != "":
		return nil
	case kind == "yaml":
		return s.workflow(b.text)
	case kind == "sh":
		return targets(b.text)
	case notExecuted[kind] != "":
		return nil
	}

	return fmt.Errorf("nothing is known to be done with a block of %q", b.info)
}

// end loads what the page wrote, and runs its tests.
func (s *story) end() {
	if !s.rego {
		return
	}
	for _, folder := range []string{"policies"} {
		engine, err := policies.Load(policies.Options{Dir: filepath.Join(s.dir, folder)})
		if err != nil {
			s.t.Fatal(err)
		}
		report, err := engine.Test(s.t.Context())
		if err := errors.Join(err, report.Err()); err != nil {
			s.t.Fatal(err)
		}
		if w := engine.Warnings(); len(w) > 0 {
			s.t.Errorf("warnings of %s: %q", folder, w)
		}
		if len(report.Untested) > 0 {
			s.t.Errorf("without tests: %q", report.Untested)
		}
	}
}

// loadMistake loads a policy that is to be refused. Where it names no package it
// is one about a process.
func (s *story) loadMistake(b block) error {
	dir := s.t.TempDir()
	text, name := b.text, "mine.rego"
	if !strings.HasPrefix(text, "package ") {
		text = "package policies.pm2.process.mine\n\n" + text
	}
	if strings.Contains(strings.SplitN(text, "\n", 2)[0], "_test") {
		name = "mine_test.rego"
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		return err
	}
	engine, err := policies.Load(policies.Options{Dir: dir})
	if err == nil {
		var report policies.TestReport
		report, err = engine.Test(s.t.Context())
		err = errors.Join(err, report.Err())
	}
	if err == nil {
		return nil
	}

	return errors.New(strings.ReplaceAll(err.Error(), dir+"/", ""))
}

// refused compares an error with what the page says.
func refused(err error, told block) error {
	if err == nil {
		return fmt.Errorf("is accepted, and should be refused")
	}
	if told.kind() != "text" {
		return fmt.Errorf("no block of text told says how it is refused: %w", err)
	}

	return same(told.text, err.Error())
}

// run runs each command of a console block.
func (s *story) run(b block) error {
	if b.until != "" && !strings.Contains(b.text, "\n^C\n") {
		if err := s.waitFor(b.until); err != nil {
			return err
		}
	}
	for _, part := range regexp.MustCompile(`(?m)^\$ `).Split(b.text, -1)[1:] {
		command, expected, _ := strings.Cut(part, "\n")
		got, err := s.command(command, strings.HasSuffix(strings.TrimSpace(expected), "^C"), b.until)
		if err != nil {
			return fmt.Errorf("$ %s: %w", command, err)
		}
		if err := same(strings.TrimSuffix(strings.TrimSpace(expected), "^C"), s.public(got)); err != nil {
			return fmt.Errorf("$ %s: %w", command, err)
		}
	}

	return nil
}

// command runs one command. One that ends in & goes on until the page ends; one
// that is interrupted gets its signal when its time has come.
func (s *story) command(line string, interrupted bool, until string) (string, error) {
	line, background := strings.CutSuffix(line, " &")
	var out output
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	if interrupted || background {
		ctx, line = s.t.Context(), "exec "+line
	}
	cmd := exec.CommandContext(ctx, "bash", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, s.env, &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return "", err
	}
	switch {
	case background:
		s.running = append(s.running, cmd)
		return "", s.waitFor(running)
	case interrupted:
		waited := s.waitFor(cmp.Or(until, running))
		for end := time.Now().Add(time.Minute); out.String() == "" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
		if err := errors.Join(waited, cmd.Process.Signal(os.Interrupt)); err != nil {
			return "", fmt.Errorf("%w\nit printed\n%s", err, out.String())
		}
	}
	if err := cmd.Wait(); err != nil && ctx.Err() != nil {
		return out.String(), ctx.Err()
	}

	return out.String(), nil
}

// running succeeds while an rr runs on the state of the page.
const running = `rr status | grep -q '^rr .* runs '`

// stop ends what the page left running.
func (s *story) stop() {
	for _, cmd := range s.running {
		if err := cmd.Process.Signal(syscall.SIGTERM); err == nil {
			_ = cmd.Wait()
		}
	}
}

// waitFor repeats a command until it succeeds.
func (s *story) waitFor(command string) error {
	var out []byte
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir, cmd.Env = s.dir, s.env
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
	}

	return fmt.Errorf("waited in vain for %s: %w\n%s", command, err, out)
}

// query answers a question to the journal of the page.
func (s *story) query(text string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, ".rr", "rr.db")+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(text)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return fmt.Errorf("no rows: %w", rows.Err())
	}

	return rows.Err()
}

// workflow wants a workflow to run only what a console block of the page runs,
// besides getting what it needs.
func (s *story) workflow(text string) error {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run, Uses string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
		return err
	}
	steps := 0
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			steps++
			if step.Run != "" && !strings.Contains(s.console, "$ "+strings.TrimSpace(step.Run)+"\n") {
				return fmt.Errorf("no console block runs %q", step.Run)
			}
			if step.Uses != "" && !regexp.MustCompile(`^[\w-]+/[\w-]+@v\d`).MatchString(step.Uses) {
				return fmt.Errorf("%q has no version", step.Uses)
			}
		}
	}
	if steps == 0 {
		return fmt.Errorf("no steps")
	}

	return nil
}

// targets wants every line to be a make target that exists.
func targets(text string) error {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		command, _, _ := strings.Cut(line, "#")
		target, ok := strings.CutPrefix(strings.TrimSpace(command), "make ")
		if !ok || !bytes.Contains(makefile, []byte("\n"+target+":")) {
			return fmt.Errorf("%q is no target of the Makefile", line)
		}
	}

	return nil
}

// printed runs a command and returns its standard output.
func (s *story) printed(command string) ([]byte, error) {
	cmd := exec.Command("bash", "-c", command)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.Output()
	if json.Valid(out) {
		return out, nil // its exit code may say that something is due
	}

	return out, err
}
