package main

import (
	"fmt"
	"maps"
	"slices"

	"rr/schemas"
)

func workflowRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"WORKFLOW", "STATE", "TRIGGERS", "WARNINGS", "COMMITTED", "FIXABLE", "RESTORABLE", "PROBLEM"}}
	for _, id := range slices.Sorted(maps.Keys(s.Workflows)) {
		w := s.Workflows[id]
		fixable, restorable := w.Fixable, w.Restorable
		if w.State == schemas.WorkflowValid {
			fixable, restorable = "-", "-"
		}
		rows = append(rows, []string{string(id), w.State, orDash(listed(w.Triggers)), fmt.Sprint(w.Warnings), w.Committed, fixable, restorable, orDash(oneLine(w.Problem))})
	}

	return rows
}

func runsRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"RUNS", "STATE", "NEWEST", "AGE", "FAILED", "SUCCESS", "IN WORK", "LATE", "FAILURE"}}
	for _, id := range slices.Sorted(maps.Keys(s.Runs)) {
		r := s.Runs[id]
		failure := r.Failure
		if r.FailedStep != "" {
			failure += ", " + oneLine(r.FailedStep)
		}
		if r.Failure == schemas.FailureNone {
			failure = "-"
		}
		rows = append(rows, []string{
			string(id), r.State, r.Conclusion, span(r.RunAgeS), fmt.Sprint(r.Streak), withUnit(r.SuccessPct, " %"), fmt.Sprint(r.Active), span(r.ScheduleLateS), failure,
		})
	}

	return rows
}

func repoRows(s schemas.Snapshot) [][]string {
	rows := [][]string{{"REPO", "STATE", "ACTIONS", "BRANCH", "INACTIVE", "API LEFT", "LIMITED", "TOKEN ENDS", "OUTAGE", "UNREADABLE"}}
	for _, id := range slices.Sorted(maps.Keys(s.Repos)) {
		r := s.Repos[id]
		rows = append(rows, []string{
			string(id), r.State, r.Actions, r.DefaultBranch, withUnit(r.InactiveDays, " d"), withUnit(r.APIRemainingPct, " %"), r.Limited, span(r.TokenExpiresS), r.Outage, orDash(listed(r.Unreadable)),
		})
	}

	return rows
}
