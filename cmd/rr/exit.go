package main

import (
	"errors"
	"fmt"
	"strings"

	"rr/internal/control"
	"rr/internal/store"
)

// What an exit code means, the same for every command.
const (
	exitOK      = 0 // all is well, nothing is due
	exitFailed  = 1 // rr failed
	exitUsage   = 2 // the command, the configuration or a policy is wrong
	exitDue     = 3 // actions are due, or health is below what was asked for
	exitUnknown = 4 // rr could not tell
	exitLocked  = 5 // another rr holds the state
)

// exit is an error with its exit code. Without a message nothing more is said:
// the result has been printed.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}

	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// usage marks an error that the person who typed the command can mend.
func usage(err error) error {
	if err == nil {
		return nil
	}

	return exit{code: exitUsage, err: err}
}

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

// report prints an error, each line of it marked as rr's, and returns its code.
func (m *Main) report(err error) int {
	code := exitFailed
	var e exit
	switch {
	case errors.As(err, &e):
		code = e.code
	case errors.Is(err, control.ErrUsage):
		code = exitUsage
	case errors.Is(err, store.ErrLocked):
		code = exitLocked
	}
	text := strings.TrimPrefix(strings.TrimSpace(err.Error()), control.ErrUsage.Error()+": ")
	if text == "" {
		return code
	}
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintln(m.Stderr, "rr: "+line)
	}

	return code
}
