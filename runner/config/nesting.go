package config

import (
	"bytes"
	"strings"
)

// How complicated a configuration may be. CUE's parser and evaluator call
// themselves for every level, and a Go stack that overflows cannot be caught: a
// file of nothing but brackets would end an rr that runs.
const (
	maxDepth     = 100   // open brackets
	maxOperators = 1_000 // of one value
	// maxParts bounds lines and commas: CUE's time grows with their square, from
	// half a second at this number to minutes in a megabyte.
	maxParts = 20_000
)

// parts of a text, as many as there are lines and commas.
func parts(text []byte) int {
	return bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte(","))
}

// nesting finds the first place that is nested too deeply. It counts brackets
// and operators without regard to strings: no configuration comes near the
// limits.
func nesting(text []byte) (line, col int, deep bool) {
	line = 1
	depth, operators, last, comment := 0, 0, byte(0), false
	for i, c := range text {
		col++
		comment = c != '\n' && (comment || c == '/' && i > 0 && text[i-1] == '/')
		switch {
		case comment || c == ' ' || c == '\t' || c == '\r':
			continue
		case c == '\n':
			line, col = line+1, 0
			if strings.IndexByte(operatorBytes, last) < 0 {
				operators = 0
			}
			continue
		case c == ',':
			operators = 0
		case strings.IndexByte("([{", c) >= 0:
			depth, operators = depth+1, operators+1
		case strings.IndexByte(")]}", c) >= 0:
			depth = max(0, depth-1)
		case strings.IndexByte(operatorBytes, c) >= 0:
			operators++
		}
		last = c
		if depth > maxDepth || operators > maxOperators {
			return line, col, true
		}
	}

	return 0, 0, false
}

// operatorBytes are those after which a value goes on, on the next line too.
const operatorBytes = "+-*/!:&|<>=.?~"
