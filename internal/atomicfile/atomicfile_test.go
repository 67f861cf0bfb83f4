package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func rootOf(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })

	return root, dir
}

func content(t *testing.T, at string) (string, os.FileMode) {
	t.Helper()
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}

	return string(text), info.Mode().Perm()
}

func TestWriteMakesAndReplacesAFile(t *testing.T) {
	root, dir := rootOf(t)
	if err := Write(root, "a/b/c.yml", []byte("one"), 0o640); err != nil {
		t.Fatal(err)
	}
	if text, mode := content(t, filepath.Join(dir, "a/b/c.yml")); text != "one" || mode != 0o640 {
		t.Errorf("it holds %q with mode %o, want one with 640", text, mode)
	}
	if err := os.Chmod(filepath.Join(dir, "a/b/c.yml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(root, "a/b/c.yml", []byte("two"), 0o640); err != nil {
		t.Fatal(err)
	}
	if text, mode := content(t, filepath.Join(dir, "a/b/c.yml")); text != "two" || mode != 0o600 {
		t.Errorf("it holds %q with mode %o, want two with the mode that it had, 600", text, mode)
	}
	left, err := os.ReadDir(filepath.Join(dir, "a/b"))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are there (%v), want one", len(left), err)
	}
}

func TestWriteTakesOverWhatACrashLeft(t *testing.T) {
	root, dir := rootOf(t)
	if err := os.WriteFile(filepath.Join(dir, "c.yml"+suffix), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(root, "c.yml", []byte("whole"), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, _ := content(t, filepath.Join(dir, "c.yml")); text != "whole" {
		t.Errorf("it holds %q", text)
	}
}

func TestWriteLeavesAloneWhatIsNoFileOfItsOwn(t *testing.T) {
	root, dir := rootOf(t)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "folder", "../escaped", "/etc/escaped"} {
		if err := Write(root, name, []byte("ours"), 0o644); err == nil {
			t.Errorf("it wrote %s", name)
		}
	}
	if text, _ := content(t, outside); text != "theirs" {
		t.Errorf("what the link leads to holds %q", text)
	}
}

func TestWriteKeepsTheOldFileWhereTheNewOneCannotBeWritten(t *testing.T) {
	root, dir := rootOf(t)
	if err := Write(root, "c.yml", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "c.yml"+suffix, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(root, "c.yml", []byte("new"), 0o644); err == nil {
		t.Error("it says that it wrote it")
	}
	if text, _ := content(t, filepath.Join(dir, "c.yml")); text != "old" {
		t.Errorf("it holds %q, want what it held", text)
	}
}
