package backup

import (
	"fmt"
	"path"
	"strings"
)

// maxAlternatives bounds what the braces of one glob stand for.
const maxAlternatives = 100

// glob is a pattern of paths, in elements. "**" stands for any number of
// folders; all else is as in path.Match, and {a,b} for a or b.
type glob []string

// parseGlobs reads a glob, and gives one for each alternative of its braces.
func parseGlobs(text string) ([]glob, error) {
	var all []glob
	for _, pattern := range alternatives(text) {
		clean := path.Clean(pattern)
		if pattern == "" || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
			return nil, fmt.Errorf("glob %q does not stay below its folder", text)
		}
		g := glob(strings.Split(clean, "/"))
		for _, element := range g {
			if _, err := path.Match(element, ""); err != nil {
				return nil, fmt.Errorf("glob %q: %w", text, err)
			}
		}
		if all = append(all, g); len(all) > maxAlternatives {
			return nil, fmt.Errorf("glob %q has more than %d alternatives", text, maxAlternatives)
		}
	}

	return all, nil
}

// alternatives replaces the first group of braces by each of its parts, until
// there is none. Too many are cut, one behind what is allowed.
func alternatives(text string) []string {
	done, todo := []string(nil), []string{text}
	for len(todo) > 0 && len(done)+len(todo) <= maxAlternatives+1 {
		next := todo[0]
		todo = todo[1:]
		open, end := braces(next)
		if end < 0 {
			done = append(done, next)
			continue
		}
		for _, part := range parts(next[open+1 : end]) {
			todo = append(todo, next[:open]+part+next[end+1:])
		}
	}

	return append(done, todo...)
}

// braces finds the first pair; end is negative when there is none.
func braces(text string) (open, end int) {
	depth := 0
	for i, c := range text {
		switch {
		case c == '{':
			if depth == 0 {
				open = i
			}
			depth++
		case c == '}' && depth > 0:
			if depth--; depth == 0 {
				return open, i
			}
		}
	}

	return 0, -1
}

// parts parts the inside of braces at its commas, but not at those of braces in
// it.
func parts(text string) (all []string) {
	depth, begin := 0, 0
	for i, c := range text {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			all = append(all, text[begin:i])
			begin = i + 1
		}
	}

	return append(all, text[begin:])
}

// match says whether a path, in elements, is one of the glob's.
func (g glob) match(name []string) bool {
	at := map[int]bool{0: true} // places in the glob that the elements so far lead to
	for _, element := range name {
		next := map[int]bool{}
		for i := range at {
			for ; i < len(g) && g[i] == "**"; i++ {
				next[i] = true
			}
			if i < len(g) {
				if ok, _ := path.Match(g[i], element); ok {
					next[i+1] = true
				}
			}
		}
		at = next
	}
	for i := range at {
		for ; i < len(g) && g[i] == "**"; i++ {
		}
		if i == len(g) {
			return true
		}
	}

	return false
}

// below says whether the glob may have paths below a folder, in elements.
func (g glob) below(dir []string) bool {
	for i, element := range dir {
		if i >= len(g) {
			return false
		}
		if g[i] == "**" {
			return true
		}
		if ok, _ := path.Match(g[i], element); !ok {
			return false
		}
	}

	return len(dir) < len(g)
}
