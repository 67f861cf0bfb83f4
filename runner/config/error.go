package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one mistake in a configuration, on one line.
type Error struct {
	File      string // as it was given to Load or Parse
	Line, Col int    // from 1; 0 where the mistake is the file itself
	Message   string
}

// Error writes file:line:col: message.
func (e Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}

	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Message)
}

// Errors is every mistake that was found in a configuration, in the order in
// which a reader meets them. It is what Load and Parse return for a text that
// is not a configuration.
type Errors []Error

// Error writes one mistake a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}

	return strings.Join(lines, "\n")
}

// maxTold is how many mistakes are told at once.
const maxTold = 30

// sorted returns the mistakes in the order of the text, one a place: what else
// is said of the same place is a consequence of the first.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})

	return slices.CompactFunc(e, func(a, b Error) bool {
		return a.Line == b.Line && a.Col == b.Col
	})
}

// orNil returns no error where there is no mistake.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}

	told := e.sorted()
	if len(told) > maxTold {
		told = append(told[:maxTold:maxTold], Error{File: told[0].File, Message: "there are more mistakes than these"})
	}

	return told
}
