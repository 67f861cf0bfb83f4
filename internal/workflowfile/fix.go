package workflowfile

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxRounds is how often the mends are gone through: one corruption may hide
// another.
const maxRounds = 4

// Fix mends those corruptions of a workflow file that leave no doubt what stood
// there before, and nothing else: what it does not mend stays byte for byte,
// comments too. what names the mends, empty where none was due. It is ok when
// the result is valid and has no more problems than src had; else fixed is src.
// Fixing twice changes nothing more.
func Fix(src []byte) (fixed []byte, what []string, ok bool) {
	before := Check("", src)
	now := state{text: src, file: before}
	for range maxRounds {
		changed := false
		for _, m := range mends() {
			next, better := m.better(now)
			if !better {
				continue
			}
			now, changed = next, true
			if !slices.Contains(what, m.what) {
				what = append(what, m.what)
			}
		}
		if !changed {
			break
		}
	}
	if !now.file.Valid || len(now.file.Problems) > len(before.Problems) {
		return src, nil, false
	}

	return now.text, what, true
}

// mend is one known corruption. apply returns candidates for the text without
// it, the surest first; none where it is not there.
type mend struct {
	what  string
	apply func(src []byte) [][]byte
}

func mends() []mend {
	return []mend{
		{"took out the byte order mark", mendByteOrderMark},
		{"took out doubled carriage returns", mendLineEnds},
		{"took out conflict markers with the same on both sides", mendConflicts},
		{"wrote spaces for tabs in the indentation", mendTabs},
		{`wrote "on:" for "true:"`, mendTrue},
		{`wrote "permissions:" above the permissions in "concurrency"`, mendPermissions},
		{`indented "with" below its "uses"`, mendWith},
	}
}

// state is a text and what is known of it.
type state struct {
	text []byte
	file File
}

// better is the first candidate that brings a file closer to one without
// problems. One that is still no YAML may be: the parser tells its first error
// only.
func (m mend) better(now state) (state, bool) {
	if len(now.file.Problems) == 0 {
		return now, false
	}
	for _, text := range m.apply(now.text) {
		if bytes.Equal(text, now.text) {
			continue
		}
		next := state{text: text, file: Check("", text)}
		a, b := next.stage(), now.stage()
		if a < b || a == b && (len(next.file.Problems) < len(now.file.Problems) || a == unreadable) {
			return next, true
		}
	}

	return now, false
}

// How far a file has come.
const (
	valid = iota
	readable
	unreadable
)

func (s state) stage() int {
	if s.file.Valid {
		return valid
	}
	for _, p := range s.file.Problems {
		if p.Fatal && (p.Kind != kindSyntax || strings.HasPrefix(p.Message, "could not parse as YAML")) {
			return unreadable
		}
	}

	return readable
}

// splitLines keeps the ends of the lines.
func splitLines(src []byte) []string { return strings.SplitAfter(string(src), "\n") }

func joinLines(lines []string) []byte { return []byte(strings.Join(lines, "")) }

// lineEnd is how the lines of a text end.
func lineEnd(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}

	return "\n"
}

// blank says whether a line holds nothing, or only a comment.
func blank(line string) bool {
	line = strings.TrimSpace(line)

	return line == "" || strings.HasPrefix(line, "#")
}

// sameTree says whether two files mean the same.
func sameTree(a, b *yaml.Node) bool {
	if a == nil || b == nil || a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return a == b
	}
	for i := range a.Content {
		if !sameTree(a.Content[i], b.Content[i]) {
			return false
		}
	}

	return true
}
