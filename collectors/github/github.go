// Package github looks at the GitHub Actions workflows of one repository, from
// two sides that are never mixed: the workflow files of a checkout, for which
// no network and no token is needed, and what GitHub's API tells of the
// repository and of the runs. It reads files and sends GET requests; it writes
// nothing but what it remembers of runs, runs no workflow and follows no
// address that GitHub names.
//
// Definitions is the first side: definitions.go (one look), file.go (one file
// → facts), past.go (what git knows of it). API is the second: api.go (one
// look), ask.go (the requests, each as rarely as it may be), runs.go (what came,
// merged with what was known), jobs.go (what a failed run failed of), judge.go
// with streak.go and schedule.go (runs → facts), repo.go (the repository) and
// remember.go (what outlives rr).
package github

import (
	"path"
	"strings"
)

// folder is where GitHub looks for workflows, below the top of a repository.
const folder = ".github/workflows"

// isWorkflow tells whether GitHub takes a file for a workflow because of its
// name.
func isWorkflow(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasPrefix(name, ".")
}
