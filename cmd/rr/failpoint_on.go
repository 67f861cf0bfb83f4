//go:build failpoint

package main

import (
	"os"
	"strings"
	"syscall"
)

// failpoint kills rr as kill -9 would, at the step that $RR_FAIL names, the n-th
// time it is reached: RR_FAIL=recorded:2.
func failpoint(getenv func(string) string) func(string) {
	want, nth, _ := strings.Cut(getenv("RR_FAIL"), ":")
	left := 1
	if nth != "" {
		left = int(nth[0] - '0')
	}

	return func(name string) {
		if name != want {
			return
		}
		if left--; left == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}
