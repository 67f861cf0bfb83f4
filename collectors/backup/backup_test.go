package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	collect "rr/collectors/backup"
	"rr/internal/backup"
	"rr/internal/backupsets"
	"rr/internal/ecosystem"
	"rr/schemas"
)

// project is a folder with an ecosystem file, and a node that writes down each
// of its starts.
func project(t *testing.T) (dir string, starts func() int, reader *ecosystem.Reader) {
	t.Helper()
	dir = t.TempDir()
	node := filepath.Join(t.TempDir(), "node")
	for path, text := range map[string]string{
		filepath.Join(dir, "ecosystem.config.cjs"): "module.exports = {apps: [{name: 'api', script: 'api.js'}]}", filepath.Join(dir, "api.js"): "1",
		node: "#!/bin/sh\nprintf x >>" + node + ".starts\nexec node \"$@\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	return dir, func() int {
		text, err := os.ReadFile(node + ".starts")
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}

		return len(text)
	}, &ecosystem.Reader{Node: node}
}

func TestALookEvaluatesAFileOnceAndNothingOfASetThatIsRefused(t *testing.T) {
	dir, starts, reader := project(t)
	for _, test := range []struct {
		encrypt, state string
		files, starts  int
	}{{"", schemas.SetRefused, 0, 0}, {schemas.EncryptNone, schemas.SetMissing, 2, 1}} {
		options := backupsets.Options{
			Path: filepath.Join(dir, "redundancy.cue"), Resolve: func(path string) string { return filepath.Join(dir, path) },
			Home:   func(string) (string, bool) { return filepath.Join(dir, "none"), true },
			Reader: func(string) *ecosystem.Reader { return reader },
			Config: schemas.Config{
				PM2:    map[string]schemas.PM2{"local": {Ecosystem: []string{"ecosystem.config.cjs"}}},
				Backup: &schemas.BackupConfig{Builtin: []string{schemas.BuiltinPM2, schemas.BuiltinAutomation}, Encrypt: test.encrypt},
			},
		}
		store := filepath.Join(t.TempDir(), "store")
		if _, err := backup.Open(store, options.Store(os.Getenv)); err != nil {
			t.Fatal(err)
		}
		c := collect.New(collect.Config{Backup: *options.Config.Backup, Dir: store, Options: options.Store(os.Getenv), Sets: backupsets.Of(options)}, time.Now)
		for range 3 {
			facts, err := c.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			sets := facts.(schemas.BackupFacts).Sets
			for _, name := range []string{"pm2-local", "automation"} {
				if set := sets[schemas.SetID(name)]; set.State != test.state || set.Files != test.files {
					t.Errorf("with encrypt %q %s is %s with %d files, want %s with %d", test.encrypt, name, set.State, set.Files, test.state, test.files)
				}
			}
		}
		if got := starts(); got != test.starts {
			t.Errorf("with encrypt %q three looks started node %d times, want %d", test.encrypt, got, test.starts)
		}
	}
}
