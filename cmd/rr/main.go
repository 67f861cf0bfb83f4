// Command rr keeps the automation of a web project alive: it watches, lets
// Rego policies judge what it saw, does what they require within hard limits,
// and records everything.
//
// One command, one file. wire.go is where systems, verbs and policies meet by
// name; open.go is what most commands start from; exit.go says what an exit
// code means.
package main

import (
	"context"
	"io"
	"os"
	"time"

	"rr/schemas"
)

func main() {
	m := Main{Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin, Getenv: os.Getenv, Now: time.Now}
	os.Exit(m.Run(context.Background(), os.Args))
}

// Main is rr with everything it takes from its surroundings, so that a test can
// start the real program.
type Main struct {
	Stdout, Stderr io.Writer
	Stdin          io.Reader
	Getenv         func(string) string
	Now            func() time.Time

	// Failpoint is called at each named step of a turn.
	Failpoint func(name string)
	// moment may be replaced by tests that let time pass.
	moment func() schemas.Moment
}

// Run runs one command and returns its exit code.
func (m *Main) Run(ctx context.Context, args []string) int {
	if m.Failpoint == nil {
		m.Failpoint = failpoint(m.Getenv)
	}
	app := m.app()
	err := app.RunContext(ctx, permute(app, args))
	if err == nil {
		return exitOK
	}

	return m.report(err)
}
