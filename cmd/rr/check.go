package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"rr/runner/config"
)

// checkResult is what `rr check -o json` prints.
type checkResult struct {
	SchemaVersion int      `json:"schema_version"`
	Config        string   `json:"config"` // path
	How           string   `json:"how"`    // it was found
	State         string   `json:"state"`  // directory
	Watched       []string `json:"watched"`
	Policies      int      `json:"policies"`
	Tests         int      `json:"tests"`
	Warnings      []string `json:"warnings"`
}

func (m *Main) checkCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "validate the configuration and the policies, and run the policies' tests",
		Flags: []cli.Flag{outputFlag()}, Action: m.check,
	}
}

func (m *Main) check(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	path, how, err := config.Discover(common(c, "config"), m.Getenv, workingDir())
	if err != nil {
		return usage(err)
	}
	loaded, err := config.Load(path)
	if err != nil {
		return usage(err)
	}
	e, err := engine(loaded)
	if err != nil {
		return err
	}
	report, err := e.Test(c.Context)
	if err != nil {
		return usage(err)
	}
	if err := report.Err(); err != nil {
		return usage(err)
	}
	result := checkResult{
		SchemaVersion: outputVersion, Config: loaded.Path, How: how, State: m.stateDir(common(c, "state"), loaded.Path),
		Watched: []string{}, Policies: len(e.List()), Tests: len(report.Tests), Warnings: e.Warnings(),
	}
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.PM2)) {
		home, err := m.pm2Home(loaded, loaded.Config.PM2[scope])
		if err != nil {
			return err
		}
		result.Watched = append(result.Watched, "pm2/"+scope+" at "+home)
	}
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.Netlify)) {
		entry := loaded.Config.Netlify[scope]
		if err := checkNetlify(scope, entry); err != nil {
			return err
		}
		result.Watched = append(result.Watched, netlifyWatched(loaded, scope))
	}
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.GitHub)) {
		entry := loaded.Config.GitHub[scope]
		watched := fmt.Sprintf("github/%s %s, workflow files in %s", scope, entry.Repo, loaded.Resolve(entry.Checkout))
		if !entry.Access() {
			watched += "; no token is named, so its runs are not"
		}
		result.Watched = append(result.Watched, watched)
	}

	return m.print(c, result, func(w io.Writer) {
		rows := [][]string{{"config", result.Config + " (" + how + ")"}, {"state", result.State}}
		for _, watched := range result.Watched {
			rows = append(rows, []string{"watches", watched})
		}
		rows = append(rows, []string{"policies", fmt.Sprintf("%s, %s passed", plural(result.Policies, "policy", "policies"), plural(result.Tests, "test", "tests"))})
		for _, warning := range result.Warnings {
			rows = append(rows, []string{"warning", warning})
		}
		columns(w, append(rows, []string{"all well"}))
	})
}
