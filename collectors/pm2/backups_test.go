package pm2

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

// dumps are backups of one dump; it counts how often they are looked into.
type dumps struct {
	text  string
	looks *int
}

func (d dumps) Apps(context.Context, string) ([]Backup, error) {
	*d.looks++
	switch d.text {
	case hangs:
		return nil, errors.New("no end of it within 1s")
	case closed:
		return []Backup{{From: "backup pm2-local/2", Closed: true}, {From: "backup pm2-local/1"}}, nil
	}

	return []Backup{{From: "backup pm2-local/1", Sum: sha256.Sum256([]byte(d.text)), Starts: pm2.StartsApps([]byte(d.text))}}, nil
}

// Backups that hold no text.
const (
	hangs  = "the disk hangs"
	closed = "nothing here opens it"
)

func TestADeadDaemonIsRestorableWhereABackupHoldsAnotherDump(t *testing.T) {
	const good = `[{"name":"api"}]`
	for _, c := range []struct {
		name, dump, pid string
		backups         string
		want            string
	}{
		{"it is yes where its dump is lost", "", "4194304", good, "yes"},
		{"it is yes where its dump is another", `[{"name":"web"}]`, "4194304", good, "yes"},
		{"it is no where its dump is the same", good, "4194304", good, "no"},
		{"it is no where nothing is backed up", "", "4194304", "", "no"},
		{"it is no where the backup starts nothing", "", "4194304", "[]", "no"},
		{"it is unknown where the backups cannot be read", "", "4194304", hangs, "unknown"},
		{"it is unknown where nothing here opens them", "", "4194304", closed, "unknown"},
		{"it is unknown where the daemon is absent", "", "", good, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, err := os.MkdirTemp("/tmp", "rrdead-") // not t.TempDir: a socket's path has 107 bytes at most
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(home)
			looks := 0
			for name, content := range map[string]string{"dump.pm2": c.dump, "pm2.pid": c.pid} {
				if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o600); content != "" && err != nil {
					t.Fatal(err)
				}
				if content == "" {
					_ = os.Remove(filepath.Join(home, name))
				}
			}
			collector := New("local", home, schemas.PM2{Timeout: schemas.Duration(5e9)}, 0, Self{PID: os.Getpid()})
			defer collector.Close()
			collector.Remember(nil)
			if c.backups != "" {
				collector.Remember(dumps{c.backups, &looks})
			}
			facts, err := collector.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			daemon := facts.(schemas.PM2Facts).Daemon
			if daemon.Restorable != c.want || (daemon.RestoreFrom != "") != (c.want == "yes") {
				t.Errorf("a daemon that is %s is restorable: %q from %q, want %q", daemon.State, daemon.Restorable, daemon.RestoreFrom, c.want)
			}
			if c.pid == "" && looks > 0 {
				t.Error("backups were looked into")
			}
		})
	}
}
