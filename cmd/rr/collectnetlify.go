package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"rr/schemas"
)

// netlifyLines prints what was seen of Netlify sites, a table for each kind.
func netlifyLines(w io.Writer, s schemas.Snapshot) {
	for _, rows := range [][][]string{functionRows(s), manifestRows(s), siteRows(s), endpointRows(s)} {
		if len(rows) > 1 {
			fmt.Fprintln(w)
			columns(w, rows)
		}
	}
}

func functionRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"FUNCTION", "STATE", "API", "RUNS", "SIZE", "COMMITTED", "RESTORABLE", "PROBLEM"}}
	for _, id := range slices.Sorted(maps.Keys(s.Functions)) {
		f := s.Functions[id]
		runs := "on request"
		if f.Schedule != "" {
			runs = f.Schedule
		}
		if f.Background {
			runs += ", background"
		}
		size, problem := "-", f.Problem
		if f.SizeBytes != nil {
			size = bytesText(*f.SizeBytes)
		}
		if problem == "" {
			problem = f.Warning
		}
		rows = append(rows, []string{string(id), f.State, dash(f.APIVersion), oneLine(runs), size, f.Committed, f.Restorable, oneLine(problem)})
	}

	return rows
}

func manifestRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"MANIFEST", "STATE", "WANTED", "SHAPE", "LISTED", "FUNCTIONS", "INVALID", "GHOSTS", "ORPHANS", "DRIFT", "TOML", "PROBLEM"}}
	for _, id := range slices.Sorted(maps.Keys(s.Manifests)) {
		m := s.Manifests[id]
		wanted, problem := "no", m.TomlProblem
		if m.Wanted {
			wanted = "yes"
		}
		if problem == "" {
			problem = m.Problem
		}
		rows = append(rows, []string{
			string(id), m.State, wanted, m.Shape, fmt.Sprint(m.Listed), fmt.Sprint(m.Functions), fmt.Sprint(m.Invalid),
			fmt.Sprint(len(m.Ghosts)), fmt.Sprint(len(m.Orphans)), fmt.Sprint(len(m.Drift)), m.TomlState, oneLine(problem),
		})
	}

	return rows
}

func siteRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"SITE", "STATE", "PUBLISHED", "SINCE", "LATEST", "STREAK", "LOCKED", "BLOCKED", "BACK TO", "NOTE"}}
	for _, id := range slices.Sorted(maps.Keys(s.Sites)) {
		site := s.Sites[id]
		locked := "no"
		if site.Locked {
			locked = "yes"
		}
		rows = append(rows, []string{
			string(id), site.State, orDash(site.PublishedID), withUnit(site.PublishedAgeS, "s"), site.LatestState, fmt.Sprint(site.Streak),
			locked, site.Blocked, orDash(site.RollbackID), oneLine(site.LatestError),
		})
	}

	return rows
}

func endpointRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"ENDPOINT", "STATE", "STATUS", "TOOK", "FAILURES", "URL", "ERROR"}}
	for _, id := range slices.Sorted(maps.Keys(s.Endpoints)) {
		e := s.Endpoints[id]
		rows = append(rows, []string{string(id), e.State, dash(e.Status), withUnit(e.TookMS, " ms"), fmt.Sprint(e.Failures), oneLine(e.URL), oneLine(e.Error)})
	}

	return rows
}
