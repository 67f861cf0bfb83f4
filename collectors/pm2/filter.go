package pm2

import (
	"slices"
	"strings"

	"rr/schemas"
)

// watches tells whether include, exclude and namespaces select an app. An app
// whose namespace is not known, as one that is only named, is not told apart by
// it.
func watches(config schemas.PM2, name, namespace string) bool {
	if len(config.Include) > 0 && !matchesAny(config.Include, name) {
		return false
	}
	if len(config.Namespaces) > 0 && namespace != "" && !slices.Contains(config.Namespaces, namespace) {
		return false
	}

	return !matchesAny(config.Exclude, name)
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

// matches tells whether a name is what a pattern says; * stands for any text,
// also for none, and every other character for itself.
func matches(pattern, name string) bool {
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
