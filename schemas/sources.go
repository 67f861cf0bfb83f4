package schemas

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Sources lists the sources that a configuration asks for, in order:
// system/scope/kind.
func (c Config) Sources() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range []iter.Seq[string]{
			scopes("pm2", c.PM2, pm2Kinds), scopes("github", c.GitHub, githubKinds), scopes("netlify", c.Netlify, netlifyKinds), scopes("backup", c.Stores(), setKinds),
		} {
			for source := range list {
				if !yield(source) {
					return
				}
			}
		}
	}
}

// Systems lists the systems that a configuration names, in order.
func (c Config) Systems() []string {
	var systems []string
	for source := range c.Sources() {
		system, _, _ := strings.Cut(source, "/")
		if !slices.Contains(systems, system) {
			systems = append(systems, system)
		}
	}

	return systems
}

func scopes[E any](system string, entries map[string]E, kinds func(E) []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, scope := range slices.Sorted(maps.Keys(entries)) {
			for _, kind := range kinds(entries[scope]) {
				if !yield(system + "/" + scope + "/" + kind) {
					return
				}
			}
		}
	}
}

func pm2Kinds(entry PM2) []string {
	if len(entry.Ecosystem) > 0 {
		return []string{"daemon", "process", "ecosystem"}
	}

	return []string{"daemon", "process"}
}

func githubKinds(entry GitHub) []string {
	if entry.Access() {
		return []string{"workflow", "runs", "repo"}
	}

	return []string{"workflow"}
}

func netlifyKinds(entry Netlify) []string {
	kinds := []string{"function", "manifest"}
	if entry.Access() {
		kinds = append(kinds, "site")
	}
	if len(entry.Probes) > 0 {
		kinds = append(kinds, "endpoint")
	}

	return kinds
}

func setKinds(BackupConfig) []string { return []string{"set"} }
