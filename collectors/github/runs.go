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
	Jobs      map[int64]map[int]failure `json:"jobs"`   // of failed attempts, by run and attempt; they never change
	Newest    time.Time                 `json:"newest"` // when the newest run was made that was ever listed
	Gap       bool                      `json:"gap"`    // runs came and went that were never listed
	FilledAt  time.Time                 `json:"filled_at"`
	strange   map[int64]bool            // workflows of runs that GitHub does not list
	changed   bool                      // since it was saved
}

// knownWorkflow is one workflow with its runs, the newest first.
type knownWorkflow struct {
	File      string    `json:"file"`
	Name      string    `json:"name"`
	State     string    `json:"state"`
	Since     time.Time `json:"since"`     // it has been active with these schedules, as far as rr saw
	Schedules string    `json:"schedules"` // as the checkout has them
	Filled    bool      `json:"filled"`    // its older runs were asked for
	Runs      []run     `json:"runs"`      // of the default branch
	Other     []run     `json:"other"`     // of other branches, that have not finished
}

// on says which branch is the default one. Runs of another one tell nothing any
// more.
func (k *known) on(branch string) {
	if k.Branch == branch {
		return
	}
	for _, of := range k.Workflows {
		of.Runs, of.Other, of.Filled = nil, nil, false
	}
	k.Branch, k.changed = branch, true
}

// noteWorkflows takes over a list of workflows. What GitHub makes of its own
// accord has no file and is left out. Only a list that is complete tells that
// one was deleted.
func (k *known) noteWorkflows(list []workflow, complete bool, now time.Time) {
	listed := map[int64]bool{}
	for _, w := range list {
		if path.Dir(w.Path) != folder || !isWorkflow(path.Base(w.Path)) {
			continue
		}
		listed[w.ID] = true
		of := k.Workflows[w.ID]
		if of == nil {
			of = &knownWorkflow{Since: now}
			k.Workflows[w.ID] = of
			k.changed = true
		}
		if of.State != w.State { // what was due while it was disabled did not have to come
			of.Since = now
		}
		if of.Name != w.Name || of.State != w.State || of.File != path.Base(w.Path) {
			of.Name, of.State, of.File = w.Name, w.State, path.Base(w.Path)
			k.changed = true
		}
	}
	for id, of := range k.Workflows {
		if complete && !listed[id] && of.State != stateDeleted {
			of.State = stateDeleted
			k.changed = true
		}
	}
}

// disabled tells whether GitHub disabled a workflow of its own accord, which rr
// or a person may end any time.
func (k *known) disabled() bool {
	for _, of := range k.Workflows {
		if of.State == "disabled_inactivity" {
			return true
		}
	}

	return false
}

// noteSchedules sees to it that a schedule is not measured by runs that an
// earlier one made.
func (k *known) noteSchedules(files map[string]*file, now time.Time) {
	for _, of := range k.Workflows {
		f, there := files[of.File]
		if !there || !f.checked.Valid {
			continue
		}
		var all []string
		for _, s := range f.checked.Schedules {
			all = append(all, s.Cron+" "+s.Timezone)
		}
		if schedules := strings.Join(all, ", "); schedules != of.Schedules {
			of.Since, of.Schedules, k.changed = now, schedules, true
		}
	}
}

// fillAgainAfter is how often at most all workflows are asked about anew, where
// more runs came than are listed.
const fillAgainAfter = 10 * time.Minute

// noteGap notices that runs came and went unseen, as while rr did not run, and
// has every workflow asked about again.
func (k *known) noteGap(runs []run, now time.Time) {
	if len(runs) == 0 {
		return
	}
	newest, oldest := runs[0].CreatedAt, runs[len(runs)-1].CreatedAt
	k.Gap = k.Gap || len(runs) >= listed && !k.Newest.IsZero() && oldest.After(k.Newest)
	if newest.After(k.Newest) {
		k.Newest, k.changed = newest, true
	}
	if k.Gap && now.Sub(k.FilledAt) >= fillAgainAfter {
		for _, of := range k.Workflows {
			of.Filled = false
		}
		k.Gap, k.FilledAt, k.changed = false, now, true
	}
}

// open are the runs of which more is to come and that are not among those
// listed: those that have not ended, and the newest of each workflow where it
// failed and may be run again. They are at most most, the newest first.
func (k *known) open(listed []run, most int, now time.Time) []run {
	var open []run
	for _, of := range k.Workflows {
		finished := false
		for _, r := range slices.Concat(of.Runs, of.Other) {
			if r.Status == "completed" && (finished || !failedRun(r)) {
				finished = finished || r.Conclusion == "success"
				continue
			}
			finished = finished || r.Status == "completed"
			if r.Status == "completed" && now.Sub(r.CreatedAt) > rerunDays*24*time.Hour {
				continue
			}
			if !slices.ContainsFunc(listed, func(l run) bool { return l.ID == r.ID }) {
				open = append(open, r)
			}
		}
	}
	slices.SortFunc(open, func(a, b run) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })

	return open[:min(len(open), most)]
}

// forget lets go of a run that was deleted.
func (k *known) forget(r run) {
	same := func(o run) bool { return o.ID == r.ID }
	for _, of := range k.Workflows {
		of.Runs, of.Other = slices.DeleteFunc(of.Runs, same), slices.DeleteFunc(of.Other, same)
	}
	k.changed = true
}

// add merges runs into what is known. It reports whether one is of a workflow
// that is not known and was not met before.
func (k *known) add(runs []run) (unknown bool) {
	for _, r := range runs {
		of := k.Workflows[r.WorkflowID]
		if of == nil {
			unknown = unknown || !k.strange[r.WorkflowID]
			if k.strange == nil {
				k.strange = map[int64]bool{}
			}
			k.strange[r.WorkflowID] = true
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
	return r.HeadBranch == k.Branch && !r.Fork && !strings.HasPrefix(r.Event, "pull_request")
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
