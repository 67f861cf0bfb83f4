package ecosystem

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is a value of an ecosystem file as JavaScript sees it. The zero value
// is undefined.
type value struct {
	kind   kind
	text   string
	number float64
	truth  bool
	list   []value
	fields settings
	at     position
}

// settings are the fields of an object.
type settings map[string]value

// position is where a value begins; the zero position is not known.
type position struct{ line, col int }

// in gives the position as errors begin, with the path.
func (p position) in(path string) string {
	if p.line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", path, p.line, p.col)
}

type kind uint8

const (
	undefined kind = iota
	null
	boolean
	number
	text
	list
	object
)

func (k kind) String() string {
	return [...]string{"undefined", "null", "a yes or no", "a number", "a text", "a list", "an object"}[k]
}

// absent is what PM2 replaces by a default.
func (v value) absent() bool { return v.kind == undefined || v.kind == null }

// truthy says whether a condition of JavaScript would take the value for true.
func (v value) truthy() bool {
	switch v.kind {
	case undefined, null:
		return false
	case boolean:
		return v.truth
	case number:
		return v.number != 0 && !math.IsNaN(v.number)
	case text:
		return v.text != ""
	}
	return true
}

// numeric reads a number, also one that is written as text.
func (v value) numeric() (float64, bool) {
	switch v.kind {
	case number:
		return v.number, !math.IsNaN(v.number)
	case text:
		n, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
		return n, err == nil && !math.IsNaN(n)
	}
	return 0, false
}

// get looks a setting up as PM2 does: while what it has is falsy it takes the
// next of the names, in their order.
func (s settings) get(names ...string) value {
	var v value
	for _, name := range names {
		if !v.truthy() {
			v = s[name]
		}
	}
	return v
}
