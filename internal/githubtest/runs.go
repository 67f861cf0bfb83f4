package githubtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What GitHub shows of a filtered listing, and how long and often a run may be
// run again.
const (
	mostFound   = 1000
	rerunWithin = 30 * 24 * time.Hour
	mostRerun   = 50
)

// listRuns lists the newest first, of a repository or of one workflow.
func (c *call) listRuns() reply {
	query := c.URL.Query()
	only := int64(0)
	if name := c.PathValue("workflow"); name != "" {
		w := c.repo.Workflow(name)
		if w == nil {
			return problem(http.StatusNotFound, "Not Found")
		}
		only = w.ID
	}
	from, to, valid := createdRange(query.Get("created"))
	if !valid {
		return problem(http.StatusUnprocessableEntity, "Invalid value for created")
	}
	var found []*Run
	for _, run := range c.repo.Runs {
		a := run.Latest()
		if only != 0 && run.WorkflowID != only ||
			!either(query.Get("status"), a.Status, a.Conclusion) ||
			!either(query.Get("event"), run.Event) ||
			!either(query.Get("branch"), run.Branch) ||
			!either(query.Get("actor"), run.Actor) ||
			!either(query.Get("head_sha"), run.SHA) ||
			run.CreatedAt.Before(from) || run.CreatedAt.After(to) {
			continue
		}
		found = append(found, run)
	}
	slices.SortStableFunc(found, func(a, b *Run) int {
		if order := b.CreatedAt.Compare(a.CreatedAt); order != 0 {
			return order
		}
		return int(b.ID - a.ID)
	})
	most := 0
	for _, filter := range []string{"status", "event", "branch", "actor", "head_sha", "created"} {
		if query.Get(filter) != "" {
			most = mostFound
		}
	}
	part, link := page(c, found, most)
	shown := []any{}
	for _, run := range part {
		shown = append(shown, c.showRun(run, len(run.Attempts)))
	}

	return reply{status: http.StatusOK, body: map[string]any{"total_count": len(found), "workflow_runs": shown}, link: link}
}

// either reports whether a filter is not set or has one of the values.
func either(filter string, values ...string) bool {
	return filter == "" || slices.Contains(values, filter)
}

// createdRange reads a date or a range of dates as searches take them: X, >X,
// >=X, <X, <=X, X..Y, X..*, *..Y. A date without a time is the whole day.
func createdRange(text string) (from, to time.Time, valid bool) {
	to = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if text == "" {
		return from, to, true
	}
	if low, high, ranged := strings.Cut(text, ".."); ranged {
		ok1, ok2 := true, true
		if low != "*" {
			from, _, ok1 = day(low)
		}
		if high != "*" {
			_, to, ok2 = day(high)
		}
		return from, to, ok1 && ok2
	}
	sign := strings.TrimRight(text[:min(2, len(text))], "0123456789")
	first, last, valid := day(strings.TrimPrefix(text, sign))
	switch sign {
	case "":
		from, to = first, last
	case ">=":
		from = first
	case ">":
		from = last.Add(time.Nanosecond)
	case "<=":
		to = last
	case "<":
		to = first.Add(-time.Nanosecond)
	default:
		return from, to, false
	}

	return from, to, valid
}

func day(text string) (first, last time.Time, valid bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, at, true
	}
	at, err := time.Parse("2006-01-02", text)

	return at, at.Add(24*time.Hour - time.Nanosecond), err == nil
}

// run finds the run and the number of the attempt that a route names; the
// newest when it names none.
func (c *call) run() (*Run, int, bool) {
	id, _ := strconv.ParseInt(c.PathValue("run"), 10, 64)
	run := c.repo.Run(id)
	if run == nil {
		return nil, 0, false
	}
	attempt := len(run.Attempts)
	if named := c.PathValue("attempt"); named != "" {
		attempt, _ = strconv.Atoi(named)
	}

	return run, attempt, attempt >= 1 && attempt <= len(run.Attempts)
}

func (c *call) getRun() reply {
	run, attempt, found := c.run()
	if !found {
		return problem(http.StatusNotFound, "Not Found")
	}

	return ok(c.showRun(run, attempt))
}

func (c *call) listPending() reply {
	run, _, found := c.run()
	if !found {
		return problem(http.StatusNotFound, "Not Found")
	}
	shown := []any{}
	for _, p := range run.Pending {
		shown = append(shown, map[string]any{
			"environment": map[string]any{"id": p.EnvironmentID, "node_id": "EN", "name": p.Environment, "url": c.ofRepo("/environments/%s", p.Environment), "html_url": c.html("/deployments")},
			"wait_timer":  0, "wait_timer_started_at": nil, "current_user_can_approve": p.MayApprove, "reviewers": []any{},
		})
	}

	return ok(shown)
}

func (c *call) rerun() reply {
	return c.again(func(*Job) bool { return true })
}

func (c *call) rerunFailed() reply {
	return c.again(func(j *Job) bool { return !slices.Contains([]string{"success", "skipped", "neutral"}, j.Conclusion) })
}

func (c *call) rerunJob() reply {
	run, job := c.job()
	if job == nil {
		return problem(http.StatusNotFound, "Not Found")
	}

	return c.anew(run, func(j *Job) bool { return j == job })
}

func (c *call) again(which func(*Job) bool) reply {
	run, _, found := c.run()
	if !found {
		return problem(http.StatusNotFound, "Not Found")
	}

	return c.anew(run, which)
}

// anew adds an attempt to a run: the jobs that are chosen are queued, and the
// others are carried over as they were.
func (c *call) anew(run *Run, which func(*Job) bool) reply {
	now := c.s.now().UTC().Truncate(time.Second)
	before := run.Latest()
	switch {
	case before.Status != "completed":
		return problem(http.StatusForbidden, "This workflow is already running")
	case now.Sub(run.CreatedAt) > rerunWithin:
		return problem(http.StatusForbidden, "Unable to retry this workflow run because it was created over a month ago")
	case len(run.Attempts) > mostRerun:
		return problem(http.StatusForbidden, "Unable to retry this workflow run because it has reached the maximum number of reruns")
	case len(before.Jobs) > 0 && !slices.ContainsFunc(before.Jobs, which):
		return problem(http.StatusForbidden, "This workflow run cannot be retried")
	}
	next := &Attempt{Status: "queued", StartedAt: now, UpdatedAt: now}
	for _, j := range before.Jobs {
		copied := *j
		copied.ID = c.world.id()
		if which(j) {
			copied = Job{ID: copied.ID, Name: j.Name, Attempt: len(run.Attempts) + 1, Status: "queued", CreatedAt: now, StartedAt: now, Labels: j.Labels}
		}
		next.Jobs = append(next.Jobs, &copied)
	}
	run.Attempts = append(run.Attempts, next)

	return created(map[string]any{})
}

func (c *call) cancel() reply {
	run, _, found := c.run()
	switch {
	case !found:
		return problem(http.StatusNotFound, "Not Found")
	case run.Latest().Status == "completed":
		return problem(http.StatusConflict, "Cannot cancel a workflow run that is completed.")
	case !run.Stubborn:
		c.repo.Finish(run, "cancelled")
	}

	return reply{status: http.StatusAccepted, body: map[string]any{}}
}

func (c *call) forceCancel() reply {
	run, _, found := c.run()
	switch {
	case !found:
		return problem(http.StatusNotFound, "Not Found")
	case run.Latest().Status == "completed", run.Forced:
		return problem(http.StatusConflict, "Cannot force cancel a workflow run that is completed.")
	}
	c.repo.Finish(run, "cancelled")

	return reply{status: http.StatusAccepted, body: map[string]any{}}
}
