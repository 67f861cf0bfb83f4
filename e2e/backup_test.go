package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// How a backup is opened without rr.
const (
	plainByHand = `zstd -d < "$BACKUP" | tar x`
	ageByHand   = `age -d -i "$KEY" "$BACKUP" | zstd -d | tar x`
)

// byHand runs a line of shell in an empty folder and gives the folder.
func byHand(t *testing.T, line string, env ...string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", "umask 022; "+line)
	cmd.Dir = dir
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}

	return dir
}

// debian holds that the tools are there that a person would use.
func debian(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"age", "age-keygen", "zstd", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: run make tools", tool)
		}
	}
}

// keyPair is made by Debian's age-keygen.
func keyPair(t *testing.T) (file, recipient string) {
	t.Helper()
	dir := byHand(t, `age-keygen -o key.txt 2>/dev/null; age-keygen -y key.txt > recipient`)
	text, err := os.ReadFile(filepath.Join(dir, "recipient"))
	if err != nil {
		t.Fatal(err)
	}

	return filepath.Join(dir, "key.txt"), strings.TrimSpace(string(text))
}

// (3) What is run here is what the page tells.
func TestTheLinesByHandAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{plainByHand, ageByHand} {
		if !strings.Contains(string(page), "\n"+line+"\n") {
			t.Errorf("docs/operations.md does not tell %s", line)
		}
	}
}

// (3) Debian's age, zstd and tar open a backup that rr backup create made, and
// give what was backed up.
func TestBackupIsOpenedByHand(t *testing.T) {
	t.Parallel()
	debian(t)
	key, recipient := keyPair(t)
	for name, test := range map[string]struct {
		more string // of the configuration
		line string
	}{
		"plain": {"", plainByHand},
		"age":   {fmt.Sprintf("backup: {recipients: [%q], identity_file: %q}\n", recipient, key), ageByHand},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := folder{
				".github/workflows/ci.yml":                        "on: push\njobs: {}\n",
				"bin/run with a space.sh":                         "#!/bin/sh\n",
				"ünïcode/" + strings.Repeat("long", 40) + ".json": `{"a": 1}`,
				"empty": "",
				"large": strings.Repeat("0123456789", 300_000),
			}
			k := newKeeper(t, test.more, files)
			live := k.path("data")
			for path, mode := range map[string]os.FileMode{"bin/run with a space.sh": 0o755, "empty": 0o640} {
				if err := os.Chmod(filepath.Join(live, path), mode); err != nil {
					t.Fatal(err)
				}
			}
			k.must("backup", "create")
			archive := archive(k.store, k.lastGood())
			opened := byHand(t, test.line, "BACKUP="+archive, "KEY="+key)
			for path, want := range files {
				if got, err := os.ReadFile(filepath.Join(opened, "files", path)); err != nil || string(got) != want {
					t.Errorf("%s is %.40q, %v, want %.40q", path, got, err, want)
				}
				same(t, filepath.Join(opened, "files", path), filepath.Join(live, path))
			}
			manifest, err := os.ReadFile(filepath.Join(opened, "manifest.json"))
			if err != nil || strings.Count(string(manifest), `"sha256"`) != len(files) {
				t.Errorf("the manifest is %s, %v", manifest, err)
			}
			if first := firstEntry(t, test.line, archive, key); first != "manifest.json" {
				t.Errorf("the first entry is %q, want manifest.json", first)
			}
		})
	}
}

// same holds that what tar made has the mode and, in whole seconds, the time of
// what was backed up.
func same(t *testing.T, got, want string) {
	t.Helper()
	a, err := os.Stat(got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.Stat(want)
	if err != nil {
		t.Fatal(err)
	}
	if a.Mode() != b.Mode() || a.ModTime().Unix() != b.ModTime().Unix() {
		t.Errorf("%s has mode %v and time %s, want %v and %s", got, a.Mode(), a.ModTime(), b.Mode(), b.ModTime())
	}
}

func firstEntry(t *testing.T, line, archive, key string) string {
	t.Helper()
	dir := byHand(t, strings.Replace(line, "tar x", "tar t", 1)+" > list", "BACKUP="+archive, "KEY="+key)
	list, err := os.ReadFile(filepath.Join(dir, "list"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(list), "\n")

	return first
}
