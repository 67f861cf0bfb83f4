package github

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"rr/internal/githubapi"
	"rr/internal/workflowfile"
	"rr/schemas"
)

// What makes many failures to start one outage: at least this many workflows,
// and this share of those that ran within the hour, in percent.
const (
	outageWorkflows = 3
	outagePercent   = 50
)

// repo makes the facts of the repository and of rr's access to it. What the
// token may not read is named and left unknown.
func (a *API) repo(ctx context.Context, q asker, r repository, files map[string]*file) schemas.Repo {
	facts := schemas.Repo{
		Repo: q.owner + "/" + q.repo, State: schemas.RepoActive, DefaultBranch: r.DefaultBranch, Actions: "unknown",
		WorkflowScope: "unknown", Limited: "no", Unreadable: []string{}, SecretsMissing: []string{}, Outage: "unknown", HeadAgrees: "unknown",
	}
	switch {
	case r.Archived:
		facts.State = schemas.RepoArchived
	case r.Disabled:
		facts.State = schemas.RepoDisabled
	}
	for _, of := range a.known.Workflows {
		if of.State != stateDeleted {
			facts.Workflows++
		}
	}
	for _, f := range files {
		if f.checked.Generated && f.checked.Valid {
			facts.BackupWorkflows++
		}
	}
	a.readable(ctx, q, &facts, files)
	a.limits(&facts)

	return facts
}

// readable asks for what only some tokens may read, and names what this one may
// not. What GitHub did not answer is unknown too, and not the token's fault.
func (a *API) readable(ctx context.Context, q asker, facts *schemas.Repo, files map[string]*file) {
	unless := func(err error, what string) bool {
		if refused(err) {
			facts.Unreadable = append(facts.Unreadable, what)
		}
		return err == nil
	}
	if last, err := q.lastCommit(ctx, facts.DefaultBranch); unless(err, "commits (Contents: read)") && !last.IsZero() {
		days := int64(a.Now().Sub(last) / (24 * time.Hour))
		facts.InactiveDays = &days
	}
	if blobs, err := q.blobs(ctx, facts.DefaultBranch); unless(err, "workflow files (Contents: read)") && files != nil {
		facts.HeadAgrees = agrees(files, blobs)
	}
	if enabled, err := q.actionsEnabled(ctx); unless(err, "actions (Administration: read)") {
		facts.Actions = map[bool]string{true: "enabled", false: "disabled"}[enabled]
	}
	if runners, err := q.runners(ctx); unless(err, "runners (Administration: read)") {
		offline := 0
		for _, status := range runners {
			if status != "online" {
				offline++
			}
		}
		total := len(runners)
		facts.Runners, facts.RunnersOffline = &total, &offline
	}
	if secrets, err := q.secrets(ctx); unless(err, "secrets (Secrets: read)") {
		facts.SecretsMissing = missingSecrets(secrets, files)
	}
	if bytes, err := q.cacheBytes(ctx); unless(err, "cache (Actions: read)") {
		facts.CacheBytes = &bytes
	}
}

// agrees compares the workflow files of the checkout with those of a branch.
func agrees(files map[string]*file, blobs map[string]string) string {
	if len(files) != len(blobs) {
		return "no"
	}
	for name, f := range files {
		if blobs[name] != f.blob {
			return "no"
		}
	}

	return "yes"
}

// missingSecrets are the names that workflows use and nobody set. A job may get
// more from its environment, which is not asked.
func missingSecrets(have []string, files map[string]*file) []string {
	missing := []string{}
	for _, f := range files {
		if slices.ContainsFunc(f.checked.Jobs, func(j workflowfile.Job) bool { return j.Environment != "" }) {
			continue
		}
		for _, name := range f.checked.Secrets {
			if !slices.ContainsFunc(have, func(s string) bool { return strings.EqualFold(s, name) }) && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
	}
	slices.Sort(missing)

	return missing
}

// limits makes the facts of what the answers so far told of limits and token.
func (a *API) limits(facts *schemas.Repo) {
	l := a.Client.Limits()
	if l.Limit > 0 {
		limit, remaining := int64(l.Limit), int64(l.Remaining)
		pct, reset := 100*remaining/limit, max(0, int64(l.ResetAt.Sub(a.Now())/time.Second))
		facts.APILimit, facts.APIRemaining, facts.APIRemainingPct, facts.APIResetS = &limit, &remaining, &pct, &reset
		if l.Remaining == 0 && l.ResetAt.After(a.Now()) {
			facts.Limited = "primary"
		}
	}
	if l.SecondaryUntil.After(a.Now()) {
		facts.Limited = "secondary"
	}
	if !l.TokenExpiresAt.IsZero() {
		left := max(0, int64(l.TokenExpiresAt.Sub(a.Now())/time.Second))
		facts.TokenExpiresS = &left
	}
	if l.Scopes != nil {
		facts.WorkflowScope = yesNo(slices.Contains(l.Scopes, "workflow"))
	}
}

// outage counts the workflows that lately failed to start, and tells whether
// they are so many that it must be GitHub.
func (j judge) outage(runs map[schemas.ID]schemas.Runs) (failures int, outage string) {
	ran := 0
	for _, r := range runs {
		if r.RunAgeS == nil || *r.RunAgeS > 3600 {
			continue
		}
		ran++
		if r.Conclusion == schemas.RunStartupFailure || failedRun(run{Conclusion: r.Conclusion}) && r.Failure == schemas.FailureInfrastructure && r.FailedStep == "" {
			failures++
		}
	}

	return failures, yesNo(failures >= outageWorkflows && 100*failures >= outagePercent*ran)
}

func (q asker) lastCommit(ctx context.Context, branch string) (time.Time, error) {
	return once(q, "commit", eachRepository, func() (time.Time, error) {
		var list []struct {
			Commit struct {
				Committer struct {
					Date time.Time `json:"date"`
				} `json:"committer"`
			} `json:"commit"`
		}
		_, err := q.get(ctx, "/commits", url.Values{"per_page": {"1"}, "sha": {branch}}, &list)
		if err != nil || len(list) == 0 {
			return time.Time{}, err
		}

		return list[0].Commit.Committer.Date, nil
	})
}

// blobs are the hashes of the workflow files on a branch, by name.
func (q asker) blobs(ctx context.Context, branch string) (map[string]string, error) {
	return once(q, "blobs", eachWorkflows, func() (map[string]string, error) {
		var list []struct {
			Name string `json:"name"`
			Type string `json:"type"`
			SHA  string `json:"sha"`
		}
		_, err := q.get(ctx, "/contents/"+folder, url.Values{"ref": {branch}}, &list)
		if githubapi.Classify(err).Kind == githubapi.NotFound {
			return map[string]string{}, nil
		}
		blobs := map[string]string{}
		for _, entry := range list {
			if entry.Type == "file" && isWorkflow(entry.Name) {
				blobs[entry.Name] = entry.SHA
			}
		}

		return blobs, err
	})
}

func (q asker) actionsEnabled(ctx context.Context) (bool, error) {
	return once(q, "permissions", eachPermissions, func() (bool, error) {
		var p struct {
			Enabled bool `json:"enabled"`
		}
		_, err := q.get(ctx, "/actions/permissions", nil, &p)

		return p.Enabled, err
	})
}

// runners are the states of the self-hosted runners.
func (q asker) runners(ctx context.Context) ([]string, error) {
	return once(q, "runners", eachPermissions, func() ([]string, error) {
		var list struct {
			Runners []struct {
				Status string `json:"status"`
			} `json:"runners"`
		}
		_, err := q.get(ctx, "/actions/runners", url.Values{"per_page": {"100"}}, &list)
		var states []string
		for _, r := range list.Runners {
			states = append(states, r.Status)
		}

		return states, err
	})
}

// secrets are the names of the secrets that a workflow of the repository gets,
// those of its organisation among them. No value can be read.
func (q asker) secrets(ctx context.Context) ([]string, error) {
	return once(q, "secrets", eachPermissions, func() ([]string, error) {
		var names []string
		for _, path := range []string{"/actions/secrets", "/actions/organization-secrets"} {
			_, err := githubapi.Pages(maxPages, func(page int) (*githubResponse, bool, error) {
				var list struct {
					Secrets []struct {
						Name string `json:"name"`
					} `json:"secrets"`
				}
				response, err := q.get(ctx, path, url.Values{"per_page": {"100"}, "page": {fmt.Sprint(page)}}, &list)
				for _, s := range list.Secrets {
					names = append(names, s.Name)
				}

				return response, false, err
			})
			if err != nil {
				return nil, err
			}
		}

		return names, nil
	})
}

func (q asker) cacheBytes(ctx context.Context) (int64, error) {
	return once(q, "cache", eachPermissions, func() (int64, error) {
		var usage struct {
			Bytes int64 `json:"active_caches_size_in_bytes"`
		}
		_, err := q.get(ctx, "/actions/cache/usage", nil, &usage)

		return usage.Bytes, err
	})
}
