//go:build failpoint

package main

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// failpoint kills rr as kill -9 would, at the step that $RR_FAIL names, the n-th
// time it is reached: RR_FAIL=recorded:2. The file that $RR_STEPS names gets a
// line for each step that is reached, so that a test need not know them.
func failpoint(getenv func(string) string) func(string) {
	want, nth, _ := strings.Cut(getenv("RR_FAIL"), ":")
	left, err := strconv.Atoi(nth)
	if err != nil {
		left = 1
	}
	steps := getenv("RR_STEPS")
	var mu sync.Mutex // actors reach steps at once

	return func(name string) {
		mu.Lock()
		defer mu.Unlock()
		if steps != "" {
			note(steps, name)
		}
		if name != want {
			return
		}
		if left--; left == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// note panics rather than let a test miss a step.
func note(path, step string) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.WriteString(step + "\n"); err != nil {
		panic(err)
	}
}
