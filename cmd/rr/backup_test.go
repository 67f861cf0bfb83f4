package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestSecretsOfPM2LieNowhereInPlain backs a dump up for a recipient and looks
// for what is in it, everywhere rr wrote to and in all that it printed.
func TestSecretsOfPM2LieNowhereInPlain(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-0123456789"
	dir := t.TempDir()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, ".pm2")
	for name, text := range map[string]string{
		"redundancy.cue":          `pm2: local: {home: ".pm2", ecosystem: ["ecosystem.json"]}` + "\nbackup: {recipients: [\"" + identity.Recipient().String() + "\"], identity_file: \"key\"}\n",
		"key":                     identity.String() + "\n",
		".pm2/dump.pm2":           `[{"name": "api", "env": {"TOKEN": "` + secret + `"}}]`,
		".pm2/module_conf.json":   `{"pm2-logrotate": {"token": "` + secret + `"}}`,
		"ecosystem.json":          `{"apps": [{"name": "api", "script": "api.js", "env": {"TOKEN": "` + secret + `"}}]}`,
		".env":                    "TOKEN=" + secret + "\n",
		"api.js":                  "setInterval(() => {}, 1000) // " + secret + "\n",
		"automation/rotate.sh":    "echo " + secret + "\n",
		"automation/nothing.json": "{}",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	rr := func(args ...string) {
		t.Helper()
		command := exec.Command("rr", args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "HOME="+dir, "PM2_HOME="+home)
		command.Stdout, command.Stderr = &said, &said
		if err := command.Run(); err != nil && strings.Join(args, " ") != "run --once" {
			t.Fatalf("rr %v: %v\n%s", args, err, said.String())
		}
	}
	rr("run", "--once")
	rr("backup", "create")
	rr("backup", "verify")
	rr("backup", "drill")
	dump := []byte(`[]`)
	if err := os.WriteFile(filepath.Join(home, "dump.pm2"), dump, 0o600); err != nil {
		t.Fatal(err)
	}
	rr("backup", "create", "pm2-local")
	if !strings.Contains(said.String(), "pm2-local  done  not valid, kept apart as pm2-local") {
		t.Errorf("an empty dump over a full one was not told:\n%s", said.String())
	}
	rr("backup", "restore", "pm2-local")
	if !strings.Contains(said.String(), "rr backup restore --apply pm2-local/") || !strings.Contains(said.String(), " pm2 resurrect  # ") || strings.Contains(said.String(), " pm2 kill ") {
		t.Errorf("the steps of a restore under PM2 are not told:\n%s", said.String())
	}
	rr("backup", "restore", "--apply", "pm2-local")
	restored, err := os.ReadFile(filepath.Join(home, "dump.pm2"))
	if err != nil || !bytes.Contains(restored, []byte(secret)) {
		t.Errorf("the dump was restored to %d bytes, %v; want the full one", len(restored), err)
	}
	if strings.Contains(said.String(), secret) {
		t.Errorf("rr said it:\n%s", said.String())
	}
	files := 0
	err = filepath.WalkDir(filepath.Join(dir, ".rr"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds it in plain", path)
		}
		return err
	})
	if err != nil || files < 6 {
		t.Errorf("looked into %d files: %v", files, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, ".rr/backups/pm2-local/*.tar.zst.age"))
	if err != nil || len(archives) != 1 {
		t.Errorf("there are %d archives, want 1: %v", len(archives), err)
	}
}
