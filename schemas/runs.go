package schemas

// How the newest finished run of a workflow on the default branch ended, in
// GitHub's words; RunNone where there is none.
const (
	RunNone           = "none"
	RunSuccess        = "success"
	RunFailure        = "failure"
	RunCancelled      = "cancelled"
	RunTimedOut       = "timed_out"
	RunStartupFailure = "startup_failure"
	RunActionRequired = "action_required"
	RunSkipped        = "skipped"
	RunNeutral        = "neutral"
	RunStale          = "stale"
	RunUnknown        = "unknown" // GitHub says something that rr does not know
)

// What a failed run looks like it failed of.
const (
	FailureNone           = "none"           // it did not fail
	FailureInfrastructure = "infrastructure" // a runner, a set-up step, a start: not what the workflow does
	FailureFlaky          = "flaky"          // it failed and succeeded on the same commit before
	FailureDeterministic  = "deterministic"  // it failed the same way again
	FailureUnknown        = "unknown"        // nothing of these is sure
)

// Runs is what is known of the runs of one workflow, from GitHub's API. Where
// not said otherwise it is about the default branch. A number that could not be
// learned is absent.
type Runs struct {
	Workflow       string `json:"workflow"`                   // file name
	State          string `json:"state"`                      // of the workflow, as GitHub has it: active, deleted, disabled_fork, disabled_inactivity, disabled_manually, unknown
	Definition     string `json:"definition"`                 // its file in the checkout: valid, invalid, missing or unknown
	Dispatchable   string `json:"dispatchable"`               // yes, no or unknown
	Conclusion     string `json:"conclusion"`                 // of the newest finished run
	Failure        string `json:"failure"`                    // what that one looks like it failed of
	FailedStep     string `json:"failed_step,omitempty"`      // its first failed step, as job / step
	RunID          *int64 `json:"run_id,omitempty"`           // of the newest finished run
	RunAttempt     *int   `json:"run_attempt,omitempty"`      // of that run
	JobAttempt     *int   `json:"job_attempt,omitempty"`      // the most attempts that one of its failed jobs has had
	RunAgeS        *int64 `json:"run_age_s,omitempty"`        // seconds since it finished
	RunURL         string `json:"run_url,omitempty"`          // its page
	Rerun          string `json:"rerun"`                      // it can be run again: yes, too_old, too_often, no or unknown
	Streak         int    `json:"streak"`                     // failed runs since the last success
	Finished       int    `json:"finished"`                   // finished runs that rr knows of
	SuccessPct     *int64 `json:"success_pct,omitempty"`      // of them, in whole percent
	Flaky          string `json:"flaky"`                      // one of them succeeded only when run again: yes, no or unknown
	Active         int    `json:"active"`                     // runs of any branch that are queued or in work
	ActiveRunID    *int64 `json:"active_run_id,omitempty"`    // the one that has been so for the longest
	QueuedS        *int64 `json:"queued_s,omitempty"`         // seconds that the longest queued run has been waiting
	RunningS       *int64 `json:"running_s,omitempty"`        // seconds that the longest running run has taken
	RunningP95S    *int64 `json:"running_p95_s,omitempty"`    // what 95 of 100 finished runs took at the most, in seconds
	Starved        bool   `json:"starved"`                    // the newest finished run was cancelled before a runner took it
	NeedsApproval  bool   `json:"needs_approval"`             // a run waits for a person
	ScheduleLateS  *int64 `json:"schedule_late_s,omitempty"`  // seconds since a scheduled run was due and did not come
	ScheduleMissed int    `json:"schedule_missed"`            // scheduled runs in a row that did not come
	FileRejected   string `json:"file_rejected"`              // GitHub did not accept the file: yes, no or unknown
	BackupWorkflow string `json:"backup_workflow,omitempty"`  // file name of a dispatchable workflow that stands in for it
	BackupRunAgeS  *int64 `json:"backup_run_age_s,omitempty"` // seconds since that one succeeded
	BackupInWork   bool   `json:"backup_in_work"`             // a run of that one is queued or in work
	InWork         bool   `json:"in_work"`                    // a run on the default branch is queued or in work, newer than the newest finished one
}
