package github

import (
	"maps"
	"math"
	"path"
	"slices"
	"time"

	"rr/internal/names"
	"rr/schemas"
)

// starvedAfter is how long a run waited at least for a runner before it counts as
// starved: one that a newer one replaced, or a person cancelled, was not.
const starvedAfter = 10 * time.Minute

// Limits of GitHub's own on running a run again.
const (
	rerunDays     = 30
	rerunAttempts = 50
)

// judge makes facts of what is known of the runs.
type judge struct {
	scope      string
	config     schemas.GitHub
	known      *known
	checked    map[string]*file
	checkedErr error
	blobs      map[string]string // hashes of the files on the default branch, nil while unknown
	now        time.Time
}

// all makes the facts of every watched workflow that GitHub knows. One whose
// runs were not asked for yet is not among them: that none are known does not
// mean that there are none.
func (j judge) all() map[schemas.ID]schemas.Runs {
	all := map[schemas.ID]schemas.Runs{}
	for _, of := range j.known.Workflows {
		if of.State == stateDeleted && !slices.Contains(j.config.Expect, of.File) || !names.Watched(j.config.Include, j.config.Exclude, of.File) {
			continue
		}
		if !of.Filled && len(of.Runs) == 0 && of.State != stateDeleted {
			continue
		}
		id := schemas.NewID("github", j.scope, "runs", of.File, 0)
		if _, twice := all[id]; twice && of.State == stateDeleted { // its file came back under another number
			continue
		}
		all[id] = j.one(of)
	}

	return all
}

func (j judge) one(of *knownWorkflow) schemas.Runs {
	facts := schemas.Runs{
		Workflow: of.File, State: workflowState(of.State), Definition: j.definition(of.File), Dispatchable: j.dispatchable(of.File),
		Conclusion: schemas.RunNone, Failure: schemas.FailureNone, Rerun: "no", Flaky: "unknown", FileRejected: j.rejected(of),
	}
	finished := slices.DeleteFunc(slices.Clone(of.Runs), func(r run) bool { return r.Status != "completed" })
	facts.Finished = len(finished)
	if newest := telling(finished); newest != nil {
		j.newest(&facts, *newest, finished)
	}
	j.history(&facts, finished)
	j.active(&facts, of, finished)
	j.schedule(&facts, of)
	j.standIn(&facts, of.File)

	return facts
}

func workflowState(state string) string {
	if slices.Contains([]string{"active", stateDeleted, "disabled_fork", "disabled_inactivity", "disabled_manually"}, state) {
		return state
	}

	return "unknown"
}

func (j judge) definition(file string) string {
	if j.checkedErr != nil {
		return "unknown"
	}
	f, there := j.checked[file]
	switch {
	case !there:
		return schemas.WorkflowMissing
	case !f.checked.Valid:
		return schemas.WorkflowInvalid
	}

	return schemas.WorkflowValid
}

func (j judge) dispatchable(file string) string {
	f, there := j.checked[file]
	if j.checkedErr != nil || !there || !f.checked.Valid {
		return "unknown"
	}

	return yesNo(f.checked.Dispatchable && len(f.checked.Required) == 0)
}

// rejected tells whether GitHub did not accept the file: it then knows the
// workflow by its path, though the file has a name. That can be told where the
// default branch has the file as it was read.
func (j judge) rejected(of *knownWorkflow) string {
	f, there := j.checked[of.File]
	if j.checkedErr != nil || !there || f.checked.Name == "" || j.blobs[of.File] != f.blob {
		return "unknown"
	}

	return yesNo(of.Name == path.Join(folder, of.File))
}

// telling is the newest finished run that says something of the workflow: one
// that was skipped, or cancelled by a newer one, does not hide a failure.
func telling(finished []run) *run {
	for i, r := range finished {
		if r.Conclusion == schemas.RunSuccess || failedRun(r) || r.Conclusion == schemas.RunActionRequired {
			return &finished[i]
		}
	}
	if len(finished) > 0 {
		return &finished[0]
	}

	return nil
}

// newest makes the facts of the newest finished run.
func (j judge) newest(facts *schemas.Runs, r run, finished []run) {
	age := j.seconds(r.UpdatedAt)
	facts.Conclusion, facts.RunID, facts.RunAttempt, facts.RunAgeS, facts.RunURL = conclusion(r.Conclusion), &r.ID, &r.Attempt, &age, r.HTMLURL
	facts.NeedsApproval = r.Conclusion == schemas.RunActionRequired
	if cancelled := finished[0]; cancelled.Conclusion == schemas.RunCancelled && cancelled.UpdatedAt.Sub(cancelled.RunStartedAt) >= starvedAfter {
		facts.Starved = j.known.Jobs[cancelled.ID][cancelled.Attempt].Starved
	}
	if !failedRun(r) {
		return
	}
	facts.Rerun = j.rerun(r)
	facts.Failure, facts.FailedStep = j.failure(r, finished)
	if facts.Failure == schemas.FailureInfrastructure && facts.FailedStep == "" && (facts.FileRejected == "yes" || facts.Definition == schemas.WorkflowInvalid) {
		facts.Failure = schemas.FailureDeterministic // it cannot start, whoever's runners are well
	}
	if f, asked := j.known.Jobs[r.ID][r.Attempt]; asked && !f.Unknown {
		attempt := max(f.JobAttempt, 1)
		facts.JobAttempt = &attempt
	}
}

func (j judge) rerun(r run) string {
	switch {
	case j.now.Sub(r.CreatedAt) > rerunDays*24*time.Hour:
		return "too_old"
	case r.Attempt >= rerunAttempts:
		return "too_often"
	}

	return "yes"
}

// failure tells what a run looks like it failed of. One that failed at the same
// step before, in an earlier attempt or in the run before it, did not fail by
// chance.
func (j judge) failure(r run, finished []run) (class, step string) {
	f, asked := j.known.Jobs[r.ID][r.Attempt]
	switch {
	case r.Conclusion == schemas.RunStartupFailure:
		return schemas.FailureInfrastructure, ""
	case !asked, f.Unknown:
		return schemas.FailureUnknown, ""
	case f.Infrastructure:
		return schemas.FailureInfrastructure, f.Step
	case f.Step != "" && j.failedThereBefore(r, f.Step, finished):
		return schemas.FailureDeterministic, f.Step
	case flaky(finished):
		return schemas.FailureFlaky, f.Step
	}

	return schemas.FailureUnknown, f.Step
}

func (j judge) failedThereBefore(r run, step string, finished []run) bool {
	for attempt := 1; attempt < r.Attempt; attempt++ {
		if j.known.Jobs[r.ID][attempt].Step == step {
			return true
		}
	}
	for _, before := range finished {
		if before.ID == r.ID || before.CreatedAt.After(r.CreatedAt) || !failedRun(before) && before.Conclusion != schemas.RunSuccess {
			continue
		}

		return failedRun(before) && j.known.Jobs[before.ID][before.Attempt].Step == step
	}

	return false
}

// flaky tells whether a run succeeded only when it was run again.
func flaky(finished []run) bool {
	return slices.ContainsFunc(finished, func(r run) bool { return r.Attempt > 1 && r.Conclusion == schemas.RunSuccess })
}

// history makes the facts of all finished runs.
func (j judge) history(facts *schemas.Runs, finished []run) {
	succeeded, judged, failing := 0, 0, true
	var took []int64
	for _, r := range finished {
		switch {
		case r.Conclusion == schemas.RunSuccess:
			succeeded, judged, failing = succeeded+1, judged+1, false
			if d := r.UpdatedAt.Sub(r.RunStartedAt); d >= 0 && !r.RunStartedAt.IsZero() {
				took = append(took, int64(d/time.Second))
			}
		case failedRun(r):
			judged++
			if failing {
				facts.Streak++
			}
		}
	}
	if judged == 0 {
		return
	}
	pct := int64(100 * succeeded / judged)
	facts.SuccessPct, facts.Flaky = &pct, yesNo(flaky(finished))
	if len(took) > 0 {
		slices.Sort(took)
		p95 := took[int(math.Ceil(0.95*float64(len(took))))-1]
		facts.RunningP95S = &p95
	}
}

// active makes the facts of the runs that have not finished, on any branch.
func (j judge) active(facts *schemas.Runs, of *knownWorkflow, finished []run) {
	longest := int64(-1)
	for _, r := range slices.Concat(of.Runs, of.Other) {
		if r.Status == "completed" {
			continue
		}
		since := r.CreatedAt
		if r.RunStartedAt.After(since) { // of this attempt
			since = r.RunStartedAt
		}
		age := j.seconds(since)
		facts.Active++
		switch r.Status {
		case "in_progress":
			facts.RunningS = longer(facts.RunningS, age)
		case "waiting":
			facts.NeedsApproval = true
		default:
			facts.QueuedS = longer(facts.QueuedS, age)
		}
		if r.Status != "waiting" && age > longest {
			longest = age
			facts.ActiveRunID = &r.ID
		}
		if j.known.onDefault(r) && (len(finished) == 0 || !r.CreatedAt.Before(finished[0].CreatedAt)) {
			facts.InWork = true
		}
	}
}

func longer(known *int64, age int64) *int64 {
	if known != nil && *known >= age {
		return known
	}

	return &age
}

// standIn makes the facts of the generated workflow that stands in for one.
func (j judge) standIn(facts *schemas.Runs, file string) {
	for _, name := range slices.Sorted(maps.Keys(j.checked)) {
		if c := j.checked[name].checked; !c.Generated || path.Base(c.BackupOf) != file || !c.Valid || !c.Dispatchable {
			continue
		}
		of := j.named(name)
		if of == nil || of.State != "active" {
			continue
		}
		facts.BackupWorkflow, facts.BackupRunAgeS = name, nil
		facts.BackupInWork = slices.ContainsFunc(of.Runs, func(r run) bool { return r.Status != "completed" })
		for _, r := range of.Runs {
			if r.Status == "completed" && r.Conclusion == schemas.RunSuccess {
				age := j.seconds(r.UpdatedAt)
				facts.BackupRunAgeS = &age
				break
			}
		}
	}
}

func (j judge) named(file string) *knownWorkflow {
	for _, of := range j.known.Workflows {
		if of.File == file && of.State != stateDeleted {
			return of
		}
	}

	return nil
}

func (j judge) seconds(since time.Time) int64 { return max(0, int64(j.now.Sub(since)/time.Second)) }

func conclusion(word string) string {
	known := []string{
		schemas.RunSuccess, schemas.RunFailure, schemas.RunCancelled, schemas.RunTimedOut, schemas.RunStartupFailure,
		schemas.RunActionRequired, schemas.RunSkipped, schemas.RunNeutral, schemas.RunStale,
	}
	if slices.Contains(known, word) {
		return word
	}

	return schemas.RunUnknown
}
