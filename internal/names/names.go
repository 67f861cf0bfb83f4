// Package names selects names by the patterns of include: and exclude:.
package names

import (
	"slices"
	"strings"
)

// Watched tells whether a name is selected: by one of include, or by an empty
// include, and by none of exclude.
func Watched(include, exclude []string, name string) bool {
	return (len(include) == 0 || Any(include, name)) && !Any(exclude, name)
}

// Any tells whether one of the patterns matches a name.
func Any(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return Match(pattern, name) })
}

// Match tells whether a name is what a pattern says; * stands for any text,
// also for none, and every other character for itself.
func Match(pattern, name string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == name
	}
	name, found := strings.CutPrefix(name, first)
	if !found {
		return false
	}
	pieces := strings.Split(rest, "*")
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[:len(pieces)-1] {
		if _, name, found = strings.Cut(name, piece); !found {
			return false
		}
	}

	return strings.HasSuffix(name, last)
}
