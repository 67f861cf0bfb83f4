package github

import (
	"time"

	"rr/internal/workflowfile"
	"rr/schemas"
)

// maxMissed bounds how many missed runs are counted: a minutely schedule that
// stopped a month ago is not counted to its end.
const maxMissed = 100

// schedule tells whether scheduled runs came. A run that GitHub starts late
// stands for the newest time that it was due before it; times that came and
// went between two runs of a busy schedule are how GitHub always is, and not
// told.
func (j judge) schedule(facts *schemas.Runs, of *knownWorkflow) {
	read, there := j.checked[of.File]
	if j.checkedErr != nil || !there || of.State != "active" {
		return
	}
	f := read.checked
	if !f.Valid || len(f.Schedules) == 0 {
		return
	}
	since := of.Since
	for _, r := range of.Runs {
		if r.Event == "schedule" && r.CreatedAt.After(since) {
			since = r.CreatedAt
		}
	}
	if changed := j.firstDue(f, since); !changed.IsZero() && !changed.After(j.now) {
		late := j.seconds(changed)
		facts.ScheduleLateS = &late
		facts.ScheduleMissed = j.missed(f, changed)
	}
}

// firstDue is the first time after since at which a run was due. What is due
// within GitHub's shortest interval of the last run belongs to that run.
func (j judge) firstDue(f workflowfile.File, since time.Time) time.Time {
	return workflowfile.NextRun(f, since.Add(workflowfile.ShortestInterval))
}

// missed counts the times that were due from first to now.
func (j judge) missed(f workflowfile.File, first time.Time) int {
	n := 0
	for due := first; !due.IsZero() && !due.After(j.now) && n < maxMissed; due = workflowfile.NextRun(f, due) {
		n++
	}

	return n
}
