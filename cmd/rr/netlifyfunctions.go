package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"rr/internal/functions"
)

// functionsResult is what `rr netlify functions -o json` prints.
type functionsResult struct {
	SchemaVersion int `json:"schema_version"`
	functions.Site
}

func (m *Main) netlifyFunctionsCommand() *cli.Command {
	return &cli.Command{
		Name: "functions", Usage: "list the functions that Netlify would make of the source, and what is wrong with them",
		Flags:  append(siteFlags(), outputFlag()),
		Action: m.netlifyFunctions,
	}
}

func (m *Main) netlifyFunctions(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	if _, err := wanted(c); err != nil {
		return err
	}
	site, err := findSite(c)
	if err != nil {
		return err
	}
	err = m.print(c, functionsResult{outputVersion, site}, func(w io.Writer) { functionsTable(w, site) })
	if err == nil && site.Broken() {
		return exit{code: exitDue}
	}

	return err
}

// functionsTable prints where the functions are, each of them, and every
// problem.
func functionsTable(w io.Writer, site functions.Site) {
	where := site.Dir + " (" + site.From + ")"
	if site.Missing {
		where += " is not there"
	}
	fmt.Fprintf(w, "%s in %s\n", plural(len(site.Functions), "function", "functions"), oneLine(where))
	if len(site.Functions) > 0 {
		rows := [][]string{{"NAME", "MAIN FILE", "API", "BUNDLER", "RUNS", "PATH", "SIZE", "HANDLER", ""}}
		for _, f := range site.Functions {
			rows = append(rows, functionRow(f))
		}
		columns(w, rows)
	}
	for _, p := range problems(site) {
		fmt.Fprintf(w, "%-7s  %s\n", p.Severity, oneLine(p.String()))
	}
	if missing := site.Headers.Missing; len(missing) > 0 {
		fmt.Fprintf(w, "%-7s  no rule for /* sets %s\n", functions.Info, strings.Join(missing, ", "))
	}
}

func functionRow(f functions.Function) []string {
	api, size, state := f.Runtime, bytesText(f.Size), ""
	if f.RuntimeAPIVersion > 0 {
		api = fmt.Sprintf("%s v%d", f.Runtime, f.RuntimeAPIVersion)
	}
	if f.SizeAtLeast {
		size += "+"
	}
	if f.Broken() {
		state = "broken"
	}
	runs := cmp.Or(f.Schedule, "on request")
	if f.Background {
		runs += ", background"
	}
	var paths []string
	for _, r := range f.Routes {
		paths = append(paths, r.Pattern)
	}
	row := []string{f.Name, f.MainFile, api, cmp.Or(f.Bundler, "-"), runs, cmp.Or(strings.Join(paths, " "), "-"), size, cmp.Or(f.Handler, "-"), state}
	for i := range row {
		row[i] = oneLine(row[i])
	}

	return row
}

// problems are all that a site has, errors first.
func problems(site functions.Site) []functions.Problem {
	all := slices.Concat(site.Toml.Problems, site.Problems, site.Headers.Problems)
	for _, f := range site.Functions {
		all = append(all, f.Problems...)
	}
	order := []string{functions.Error, functions.Warning, functions.Info}
	slices.SortStableFunc(all, func(a, b functions.Problem) int {
		return cmp.Compare(slices.Index(order, a.Severity), slices.Index(order, b.Severity))
	})
	seen := map[functions.Problem]bool{} // of what several functions share

	return slices.DeleteFunc(all, func(p functions.Problem) bool {
		was := seen[p]
		seen[p] = true
		return was
	})
}

// bytesText is a size for people.
func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}

	return fmt.Sprintf("%d B", n)
}
