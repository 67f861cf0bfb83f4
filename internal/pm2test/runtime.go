package pm2test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// StartRuntime makes a home and starts these apps there under pm2-runtime, as
// containers do: the daemon is the command itself and has no title of its own.
func StartRuntime(t testing.TB, version string, apps ...App) *PM2 {
	t.Helper()
	p := New(t, version)
	var out bytes.Buffer
	cmd := exec.Command(filepath.Join(filepath.Dir(p.Bin), "pm2-runtime"), "start", p.Ecosystem(apps...))
	cmd.Dir, cmd.Env = p.Home, p.Environ()
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start pm2-runtime: %v", err)
	}
	t.Cleanup(func() { // before the home goes
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("pm2-runtime said:\n%s", out.String())
		}
	})
	return p
}
