package functions

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is how a manifest differs from the source.
type Difference struct {
	Ghosts  []string `json:"ghosts,omitempty"`  // listed, without source; sorted
	Orphans []string `json:"orphans,omitempty"` // in the source, not listed; sorted
	Drift   []Drift  `json:"drift,omitempty"`   // listed with other facts; sorted by name
}

// Drift is one fact that a manifest has otherwise than the source.
type Drift struct {
	Name     string `json:"name"`
	Field    string `json:"field"`
	Source   string `json:"source"`
	Manifest string `json:"manifest"`
}

// None tells that a manifest says what the source says.
func (d Difference) None() bool { return len(d.Ghosts)+len(d.Orphans)+len(d.Drift) == 0 }

// Compare holds a manifest against the source. Of the older shape, which has
// names only, names are compared. What depends on the machine that bundled is
// not compared: folders in front of paths, times, versions.
func Compare(site Site, listed Listed) Difference {
	var d Difference
	entries := map[string]Entry{}
	for _, entry := range listed.Entries {
		entries[entry.Name] = entry
	}
	for _, f := range site.Functions {
		entry, there := entries[f.Name]
		if !there {
			d.Orphans = append(d.Orphans, f.Name)
			continue
		}
		delete(entries, f.Name)
		if listed.Shape == ShapeV1 {
			d.Drift = append(d.Drift, drift(f, entry)...)
		}
	}
	d.Ghosts = sortedKeys(entries)

	return d
}

// drift compares one function with its entry.
func drift(f Function, e Entry) []Drift {
	var all []Drift
	differs := func(field, source, manifest string) {
		if source != manifest {
			all = append(all, Drift{f.Name, field, source, manifest})
		}
	}
	main := e.MainFile
	if main == f.MainFile || strings.HasSuffix(main, "/"+f.MainFile) {
		main = f.MainFile
	}
	differs("main_file", f.MainFile, main)
	differs("runtime", f.Runtime, e.Runtime)
	differs("runtime_api_version", digits(float64(f.RuntimeAPIVersion)), digits(float64(e.RuntimeAPIVersion)))
	differs("schedule", f.Schedule, e.Schedule)
	differs("invocation_mode", f.InvocationMode, e.InvocationMode)
	differs("routes", routesText(f.Routes), routesText(e.Routes))
	differs("excluded_routes", routesText(f.ExcludedRoutes), routesText(e.ExcludedRoutes))
	differs("memory", digits(f.Memory), digits(e.Memory))
	differs("region", f.Region, e.Region)
	differs("timeout", digits(f.Timeout), digits(e.Timeout))

	return all
}

// digits is a number, and nothing for 0.
func digits(n float64) string {
	if n == 0 {
		return ""
	}

	return fmt.Sprint(n)
}

// routesText are routes in one line, in an order of their own.
func routesText(routes []Route) string {
	texts := make([]string, 0, len(routes))
	for _, r := range routes {
		methods := slices.Sorted(slices.Values(r.Methods))
		text := strings.TrimSpace(strings.Join(methods, ",") + " " + r.Pattern)
		if r.PreferStatic {
			text += " prefer_static"
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)

	return strings.Join(texts, "; ")
}
