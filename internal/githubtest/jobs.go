package githubtest

import (
	"net/http"
	"strconv"
)

// listJobs lists the jobs of the attempt that is named, or else of the newest,
// or of all with filter=all.
func (c *call) listJobs() reply {
	run, attempt, found := c.run()
	if !found {
		return problem(http.StatusNotFound, "Not Found")
	}
	jobs := run.Attempts[attempt-1].Jobs
	if c.PathValue("attempt") == "" && c.URL.Query().Get("filter") == "all" {
		jobs = nil
		for _, a := range run.Attempts {
			jobs = append(jobs, a.Jobs...)
		}
	}
	part, link := page(c, jobs, 0)
	shown := []any{}
	for _, j := range part {
		shown = append(shown, c.showJob(run, j))
	}

	return reply{status: http.StatusOK, body: map[string]any{"total_count": len(jobs), "jobs": shown}, link: link}
}

func (c *call) job() (*Run, *Job) {
	id, _ := strconv.ParseInt(c.PathValue("job"), 10, 64)
	for _, run := range c.repo.Runs {
		for _, a := range run.Attempts {
			for _, j := range a.Jobs {
				if j.ID == id {
					return run, j
				}
			}
		}
	}

	return nil, nil
}

func (c *call) getJob() reply {
	run, job := c.job()
	if job == nil {
		return problem(http.StatusNotFound, "Not Found")
	}

	return ok(c.showJob(run, job))
}

// jobLogs leads to another host, by an address that is a secret.
func (c *call) jobLogs() reply {
	_, job := c.job()
	if job == nil {
		return problem(http.StatusNotFound, "Not Found")
	}

	return reply{status: http.StatusFound, header: map[string]string{"Location": c.s.logURL(job.Log)}}
}
