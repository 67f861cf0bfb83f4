package github

import (
	"context"
	"slices"
	"strings"

	"rr/schemas"
)

// failure is what a failed attempt failed of, as its jobs tell.
type failure struct {
	Step           string `json:"step"`           // the first failed step, as job / step
	Infrastructure bool   `json:"infrastructure"` // no step of the workflow itself failed
	JobAttempt     int    `json:"job_attempt"`    // the most attempts that one of its failed jobs has had
	Starved        bool   `json:"starved"`        // cancelled before a runner took it
	Unknown        bool   `json:"unknown"`        // its jobs are no longer there, or the token may not read them
}

// jobsAtOnce is how many failed attempts are asked about in one look.
const jobsAtOnce = 20

// askJobs asks, once for each failed attempt, what it failed of.
func (a *API) askJobs(ctx context.Context, q asker) error {
	asked := 0
	for _, of := range a.known.Workflows {
		for _, r := range recentFailures(of.Runs) {
			if _, known := a.known.Jobs[r.ID][r.Attempt]; known {
				continue
			}
			if asked++; asked > jobsAtOnce {
				return nil
			}
			jobs, total, err := q.jobs(ctx, r.ID, r.Attempt)
			switch {
			case refused(err):
				a.known.noteJobs(r, failure{Unknown: true})
			case err != nil:
				return err
			default:
				a.known.noteJobs(r, judgeJobs(jobs, total))
			}
		}
	}

	return nil
}

// recentFailures are the two newest runs that failed since the last success:
// what the newest failed of, and whether the one before it did so of the same.
// Before them is the newest run of all, where it was cancelled.
func recentFailures(runs []run) []run {
	var asked []run
	failed, newest := 0, true
	for _, r := range runs {
		switch {
		case r.Status != "completed":
			continue
		case r.Conclusion == schemas.RunSuccess || failed == 2:
			return asked
		case failedRun(r):
			asked = append(asked, r)
			failed++
		case newest && r.Conclusion == schemas.RunCancelled:
			asked = append(asked, r)
		}
		newest = false
	}

	return asked
}

func failedRun(r run) bool {
	return slices.Contains([]string{"failure", "timed_out", "startup_failure"}, r.Conclusion)
}

// judgeJobs tells what an attempt failed of. Steps that GitHub adds itself, and
// jobs that never got so far as a step, are infrastructure.
func judgeJobs(jobs []job, total int) failure {
	f := failure{Infrastructure: total == 0}
	ofItself := false
	for _, j := range jobs {
		if j.Conclusion == "cancelled" && len(j.Steps) == 0 && j.Runner == "" {
			f.Starved = true
		}
		if j.Conclusion != "failure" && j.Conclusion != "timed_out" {
			continue
		}
		f.JobAttempt = max(f.JobAttempt, j.Attempt)
		step := failedStep(j)
		if step == "" || byGitHub(step) {
			f.Infrastructure = true
		} else {
			ofItself = true
		}
		if f.Step == "" {
			f.Step = strings.TrimSuffix(j.Name+" / "+step, " / ")
		}
	}
	f.Infrastructure = f.Infrastructure && !ofItself

	return f
}

func failedStep(j job) string {
	for _, s := range j.Steps {
		if s.Conclusion == "failure" || s.Conclusion == "timed_out" {
			return s.Name
		}
	}

	return ""
}

// byGitHub tells the steps that GitHub adds to a job.
func byGitHub(step string) bool {
	return slices.Contains([]string{"Set up job", "Set up runner", "Initialize containers", "Stop containers", "Complete job", "Complete runner"}, step)
}

func (k *known) noteJobs(r run, f failure) {
	if k.Jobs[r.ID] == nil {
		k.Jobs[r.ID] = map[int]failure{}
	}
	k.Jobs[r.ID][r.Attempt] = f
	k.changed = true
}

// forgetJobs lets go of what runs that are no longer kept failed of.
func (k *known) forgetJobs() {
	kept := map[int64]bool{}
	for _, of := range k.Workflows {
		for _, r := range of.Runs {
			kept[r.ID] = true
		}
	}
	for id := range k.Jobs {
		if !kept[id] {
			delete(k.Jobs, id)
			k.changed = true
		}
	}
}
