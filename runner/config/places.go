package config

import (
	"strconv"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// places knows where in the operator's file a field was given its value.
type places struct {
	path string
	user cue.Value
}

// of returns the place of the first of the fields that was written. Where all
// have their defaults it is the place of the nearest struct above the first, and
// at last the beginning of the file.
func (p places) of(fields ...[]string) (line, col int) {
	for _, field := range fields {
		if pos, ok := p.written(field); ok {
			return pos.Line(), pos.Column()
		}
	}
	for above := fields[0]; len(above) > 0; above = above[:len(above)-1] {
		if pos, ok := p.written(above); ok {
			return pos.Line(), pos.Column()
		}
	}

	return 1, 1
}

func (p places) written(field []string) (token.Pos, bool) {
	selectors := make([]cue.Selector, len(field))
	for i, name := range field {
		name = unquoted(name)
		selectors[i] = cue.Str(name)
		if n, err := strconv.Atoi(name); err == nil {
			selectors[i] = cue.Index(n)
		}
	}
	if !p.user.Exists() {
		return token.NoPos, false
	}
	value := p.user.LookupPath(cue.MakePath(selectors...))
	pos := value.Pos()

	return pos, value.Exists() && pos.IsValid() && pos.Filename() == p.path
}
