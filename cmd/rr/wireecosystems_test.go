package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rr/internal/pm2test"
)

// Backups read what PM2's own node makes of an ecosystem file, and what was read
// once stays known when its daemon is gone.
func TestBackupsReadEcosystemFilesByTheNodeOfTheDaemon(t *testing.T) {
	p := pm2test.Start(t, "7")
	path := filepath.Join(t.TempDir(), "ecosystem.config.cjs")
	if err := os.WriteFile(path, []byte("module.exports = {apps: [{name: process.env.PM2_HOME, script: 'a.js'}]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	readers := newEcosystemReaders()
	for _, state := range []string{"serves", "is gone"} {
		if file, err := readers.of(p.Home).Read(t.Context(), path); err != nil || len(file.Apps) != 1 || file.Apps[0].Name != p.Home {
			t.Errorf("where the daemon %s Read() = %+v, %v; want the app", state, file.Apps, err)
		}
		if state == "serves" {
			p.KillDaemon(syscall.SIGKILL)
		}
	}
	if _, err := newEcosystemReaders().of(p.Home).Read(t.Context(), path); err == nil || !strings.Contains(err.Error(), "no node") {
		t.Errorf("Read() = %v where neither a daemon nor $PATH has a node", err)
	}
}
