package pm2_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// leak is a variable of rr that no command, daemon or app may get to see.
const leak = "RR_PM2_TEST_SECRET"

func TestMain(m *testing.M) {
	if err := os.Setenv(leak, "do not tell"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// environ gives the environment that a process was started with.
func environ(t *testing.T, pid int) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	must(t, err)
	env := map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimRight(string(raw), "\x00"), "\x00") {
		key, value, _ := strings.Cut(entry, "=")
		env[key] = value
	}
	return env
}
