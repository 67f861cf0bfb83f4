package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
)

// fragile is an app that notes each of its starts and lives only while its
// cause to fail is gone.
type fragile struct {
	t      *testing.T
	app    pm2test.App
	dir    string
	before int // starts before the test's own
}

func newFragile(t *testing.T, name string) fragile {
	t.Helper()
	dir := t.TempDir()
	line := fmt.Sprintf("echo started >> %[1]s/starts; test -e %[1]s/mended || exit 1; exec sleep 3600", dir)
	app := pm2test.Shell(name, line)
	// PM2 gives up after 3 starts, however long the app had lived before: by
	// itself it counts only within the first seconds.
	app.MaxRestarts, app.Extra = 3, map[string]any{"min_uptime": "5m"}

	return fragile{t: t, app: app, dir: dir}
}

// mend takes away its cause to fail.
func (f fragile) mend() {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, "mended"), nil, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// starts is how often it was started, by its own count.
func (f fragile) starts() int {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, "starts"))
	if err != nil && !os.IsNotExist(err) {
		f.t.Fatal(err)
	}

	return strings.Count(string(b), "started")
}

// errored waits until PM2 has given up on an app.
func errored(t *testing.T, p *pm2test.PM2, name string) {
	t.Helper()
	await(t, name+" to be errored", func() bool { return statuses(t, p)[name] == "errored" })
}

// statuses are what PM2 itself says of its apps.
func statuses(t *testing.T, p *pm2test.PM2) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, app := range list(t, p) {
		all[app.Name] = app.Status
	}

	return all
}

// livesOf are the pids of the processes that PM2 started for an app, known by
// the environment that PM2 gave them.
func livesOf(t *testing.T, home, app string) []int {
	t.Helper()
	var pids []int
	for _, pid := range pidsWith(t, "PM2_HOME", home) {
		env, err := procfs.FS{}.Environ(pid, "name", "pm_id")
		if err == nil && env["name"] == app && env["pm_id"] != "" {
			pids = append(pids, pid)
		}
	}

	return pids
}

// pidsWith are the pids of living processes whose environment has a variable
// of this value, this test's own processes not among them.
func pidsWith(t *testing.T, name, value string) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		stat, err := procfs.FS{}.Stat(pid)
		if err != nil || stat.State == 'Z' {
			continue
		}
		if env, err := (procfs.FS{}).Environ(pid, name); err == nil && env[name] == value {
			pids = append(pids, pid)
		}
	}

	return pids
}

// list asks PM2 for its apps; nil where no daemon serves.
func list(t *testing.T, p *pm2test.PM2) []pm2.App {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client := &pm2.Client{Home: p.Home}
	defer client.Close()
	apps, err := client.List(ctx)
	if err != nil {
		return nil
	}

	return apps
}

// pids are the pids of PM2's apps by name.
func pids(t *testing.T, p *pm2test.PM2) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, app := range list(t, p) {
		all[app.Name] = app.PID
	}

	return all
}

func procPath(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}

// unmend brings its cause to fail back.
func (f fragile) unmend() {
	f.t.Helper()
	if err := os.Remove(filepath.Join(f.dir, "mended")); err != nil {
		f.t.Fatal(err)
	}
}
