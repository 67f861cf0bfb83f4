package pm2test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// command finds the pm2 command of a version, and installs what e2e lists when
// that was not done yet.
func command(t testing.TB, version string) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("these tests run real PM2 daemons and need %s: %v", program, err)
		}
	}
	folder := e2e(t)
	install(t, folder)
	bin := filepath.Join(folder, "node_modules", "pm2-"+version, "bin", "pm2")
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("no PM2 of version %q: %v", version, err)
	}
	return bin
}

// e2e is the folder of this repository that lists the versions of PM2.
func e2e(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		t.Fatalf("cannot find the folder e2e from %q; run the tests without -trimpath", file)
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "e2e")
}

// install runs npm ci once, also when several test binaries want it at the same
// time. npm writes .package-lock.json last, so its presence says that an
// earlier run was completed.
func install(t testing.TB, folder string) {
	t.Helper()
	done := filepath.Join(folder, "node_modules", ".package-lock.json")
	if _, err := os.Stat(done); err == nil {
		return
	}
	lock, err := os.Open(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		t.Fatalf("install PM2: %v", err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatalf("install PM2: lock: %v", err)
	}
	if _, err := os.Stat(done); err == nil {
		return
	}
	cmd := exec.Command("npm", "ci")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("install PM2: npm ci in %s: %v\n%s", folder, err, out)
	}
}
