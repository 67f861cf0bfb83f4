package github

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

type githubResponse = github.Response

const stateDeleted = "deleted"

// keepRuns is how many runs of the default branch are kept of each workflow.
const keepRuns = 40

// known is what is known of workflows and runs. It outlives rr.
type known struct {
	Version   int                       `json:"version"`
	Repo      string                    `json:"repo"`
	Branch    string                    `json:"branch"` // the default one
	Workflows map[int64]*knownWorkflow  `json:"workflows"`
	Jobs      map[int64]map[int]failure `json:"jobs"` // of failed attempts, by run and attempt; they never change
	changed   bool                      // since it was saved
}

// knownWorkflow is one workflow with its runs, the newest first.
type knownWorkflow struct {
	File      string    `json:"file"`
	Name      string    `json:"name"`
	State     string    `json:"state"`
	FirstSeen time.Time `json:"first_seen"`
	Filled    bool      `json:"filled"` // its older runs were asked for
	Runs      []run     `json:"runs"`   // of the default branch
	Other     []run     `json:"other"`  // of other branches, that have not finished
}

// noteWorkflows takes over a list of workflows. What GitHub makes of its own
// accord has no file and is left out.
func (k *known) noteWorkflows(list []workflow, now time.Time) {
	listed := map[int64]bool{}
	for _, w := range list {
		if path.Dir(w.Path) != folder || !isWorkflow(path.Base(w.Path)) {
			continue
		}
		listed[w.ID] = true
		of := k.Workflows[w.ID]
		if of == nil {
			of = &knownWorkflow{FirstSeen: now}
			k.Workflows[w.ID] = of
			k.changed = true
		}
		if of.Name != w.Name || of.State != w.State || of.File != path.Base(w.Path) {
			of.Name, of.State, of.File = w.Name, w.State, path.Base(w.Path)
			k.changed = true
		}
	}
	for id, of := range k.Workflows {
		if !listed[id] && of.State != stateDeleted {
			of.State = stateDeleted
			k.changed = true
		}
	}
}

// add merges runs into what is known. It reports whether one is of a workflow
// that is not known.
func (k *known) add(runs []run) (unknown bool) {
	for _, r := range runs {
		of := k.Workflows[r.WorkflowID]
		if of == nil {
			unknown = unknown || !strings.HasPrefix(r.Event, "dynamic")
			continue
		}
		if k.onDefault(r) {
			of.Runs = k.merge(of.Runs, r)
		} else if r.Status != "completed" || slices.ContainsFunc(of.Other, func(o run) bool { return o.ID == r.ID }) {
			of.Other = k.merge(of.Other, r)
		}
	}
	for _, of := range k.Workflows {
		of.Other = slices.DeleteFunc(of.Other, func(r run) bool { return r.Status == "completed" })
		of.Runs = of.Runs[:min(len(of.Runs), keepRuns)]
	}
	k.forgetJobs()

	return unknown
}

// onDefault tells the runs that say how the default branch fares. Those of a
// pull request may come from a branch of the same name in a fork.
func (k *known) onDefault(r run) bool {
	return r.HeadBranch == k.Branch && r.Event != "pull_request" && r.Event != "pull_request_target"
}

// merge puts a run into a list that is ordered by when runs were made, the
// newest first. A run keeps its place when it is run again.
func (k *known) merge(list []run, r run) []run {
	i := slices.IndexFunc(list, func(known run) bool { return known.ID == r.ID })
	switch {
	case i >= 0 && !newer(r, list[i]):
		return list
	case i >= 0:
		list[i] = r
	default:
		list = append(list, r)
		slices.SortStableFunc(list, func(a, b run) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })
	}
	k.changed = true

	return list
}

// newer tells whether a run as it came says more than it as it is known.
func newer(came, known run) bool {
	return came.Attempt > known.Attempt || came.Attempt == known.Attempt && (came.UpdatedAt.After(known.UpdatedAt) || came.Status != known.Status)
}
