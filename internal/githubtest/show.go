package githubtest

import (
	"fmt"
	"maps"
	"strings"
)

// What follows are GitHub's shapes, with the fields that its description
// requires and those that rr could read.

// ofRepo is an address of the API below the repository.
func (c *call) ofRepo(format string, args ...any) string {
	return c.base + "/repos/" + c.repo.Owner + "/" + c.repo.Name + fmt.Sprintf(format, args...)
}

// html is an address of a page below the repository's.
func (c *call) html(format string, args ...any) string {
	return "https://github.example/" + c.repo.Owner + "/" + c.repo.Name + fmt.Sprintf(format, args...)
}

// nullable is null for nothing.
func nullable(text string) any {
	if text == "" {
		return nil
	}

	return text
}

func (c *call) showUser(login string) map[string]any {
	user := map[string]any{
		"login": login, "id": 1, "node_id": "U_1", "avatar_url": "https://avatars.example/u/1", "gravatar_id": "", "html_url": "https://github.example/" + login,
		"url": c.base + "/users/" + login, "type": "User", "site_admin": false,
	}
	for _, name := range []string{"events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred", "subscriptions"} {
		user[name+"_url"] = c.base + "/users/" + login + "/" + name
	}

	return user
}

// showMinimalRepo is a repository within something else.
func (c *call) showMinimalRepo() map[string]any {
	r := c.repo
	repo := map[string]any{
		"id": r.ID, "node_id": "R_" + fmt.Sprint(r.ID), "name": r.Name, "full_name": r.Owner + "/" + r.Name, "owner": c.showUser(r.Owner), "private": r.Private,
		"html_url": c.html(""), "description": nil, "fork": false, "url": c.ofRepo(""),
	}
	for _, name := range strings.Fields("archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks " +
		"git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers statuses " +
		"subscribers subscription tags teams trees") {
		repo[name+"_url"] = c.ofRepo("/%s", name)
	}

	return repo
}

func (c *call) showRepo() map[string]any {
	r := c.repo
	repo := c.showMinimalRepo()
	maps.Copy(repo, map[string]any{
		"clone_url": c.html(".git"), "git_url": "git://github.example/" + r.Owner + "/" + r.Name + ".git", "ssh_url": "git@github.example:" + r.Owner + "/" + r.Name + ".git",
		"svn_url": c.html(""), "mirror_url": nil, "homepage": nil, "language": nil, "license": nil, "default_branch": r.DefaultBranch,
		"forks": 0, "forks_count": 0, "open_issues": len(r.Issues), "open_issues_count": len(r.Issues), "size": 1, "stargazers_count": 0, "watchers": 0,
		"watchers_count": 0, "network_count": 0, "subscribers_count": 0, "has_issues": !r.NoIssues, "has_projects": false, "has_wiki": false, "has_pages": false,
		"has_discussions": false, "has_downloads": false, "archived": r.Archived, "disabled": r.Disabled, "pushed_at": stamp(r.PushedAt), "created_at": stamp(r.CreatedAt), "updated_at": stamp(r.PushedAt),
		"permissions": map[string]any{"admin": c.token.Admin, "push": c.name != anonymous, "pull": true},
	})

	return repo
}

func (c *call) showWorkflow(w *Workflow) map[string]any {
	return map[string]any{
		"id": w.ID, "node_id": "W_" + fmt.Sprint(w.ID), "name": w.Name, "path": w.Path, "state": w.State, "url": c.ofRepo("/actions/workflows/%d", w.ID),
		"html_url": c.html("/blob/%s/%s", c.repo.DefaultBranch, w.Path), "badge_url": c.html("/workflows/badge.svg"), "created_at": stamp(w.CreatedAt), "updated_at": stamp(w.UpdatedAt),
	}
}

// showRun shows a run as it was in an attempt.
func (c *call) showRun(run *Run, attempt int) map[string]any {
	a := run.Attempts[attempt-1]
	name, path := "", ""
	for _, w := range c.repo.Workflows {
		if w.ID == run.WorkflowID {
			name, path = w.Name, w.Path
		}
	}
	pulls := []any{}
	if run.PullNumber != 0 && c.URL.Query().Get("exclude_pull_requests") != "true" {
		ref := map[string]any{"ref": run.Branch, "sha": run.SHA, "repo": map[string]any{"id": c.repo.ID, "url": c.ofRepo(""), "name": c.repo.Name}}
		pulls = append(pulls, map[string]any{"id": run.PullNumber, "number": run.PullNumber, "url": c.ofRepo("/pulls/%d", run.PullNumber), "head": ref, "base": ref})
	}
	shown := map[string]any{
		"id": run.ID, "node_id": "WFR_" + fmt.Sprint(run.ID), "name": name, "head_branch": run.Branch, "head_sha": run.SHA, "path": path, "display_title": run.Title,
		"run_number": run.Number, "run_attempt": attempt, "event": run.Event, "status": a.Status, "conclusion": nullable(a.Conclusion), "workflow_id": run.WorkflowID,
		"check_suite_id": run.ID + 1, "check_suite_node_id": "CS_" + fmt.Sprint(run.ID+1), "url": c.ofRepo("/actions/runs/%d", run.ID), "html_url": c.html("/actions/runs/%d", run.ID),
		"pull_requests": pulls, "created_at": stamp(run.CreatedAt), "updated_at": stamp(a.UpdatedAt), "run_started_at": stamp(a.StartedAt), "actor": c.showUser(run.Actor),
		"triggering_actor": c.showUser(run.Actor), "check_suite_url": c.ofRepo("/check-suites/%d", run.ID+1), "workflow_url": c.ofRepo("/actions/workflows/%d", run.WorkflowID),
		"head_commit": c.showHeadCommit(run.SHA), "repository": c.showMinimalRepo(), "head_repository": c.showHeadRepo(run), "previous_attempt_url": nil,
	}
	for _, name := range []string{"jobs", "logs", "artifacts", "cancel", "rerun"} {
		shown[name+"_url"] = c.ofRepo("/actions/runs/%d/%s", run.ID, name)
	}
	if attempt > 1 {
		shown["previous_attempt_url"] = c.ofRepo("/actions/runs/%d/attempts/%d", run.ID, attempt-1)
	}

	return shown
}

func (c *call) showHeadRepo(run *Run) map[string]any {
	owner, name, forked := strings.Cut(run.Fork, "/")
	if !forked {
		return c.showMinimalRepo()
	}
	fork := *c.repo
	fork.Owner, fork.Name = owner, name
	at := *c
	at.repo = &fork

	return at.showMinimalRepo()
}

func (c *call) showHeadCommit(sha string) any {
	commit := c.repo.Commits[sha]
	if commit == nil {
		return nil
	}
	who := map[string]any{"name": commit.Author, "email": commit.Author + "@example.com"}

	return map[string]any{"id": sha, "tree_id": BlobSHA(sha), "message": commit.Message, "timestamp": stamp(commit.At), "author": who, "committer": who}
}

func (c *call) showJob(run *Run, j *Job) map[string]any {
	steps := []any{}
	for n, s := range j.Steps {
		steps = append(steps, map[string]any{"name": s.Name, "status": s.Status, "conclusion": nullable(s.Conclusion), "number": n + 1, "started_at": stamp(s.StartedAt), "completed_at": stamp(s.EndedAt)})
	}
	var runnerID any
	if j.Runner != "" {
		runnerID = 1
	}
	labels := append([]string{}, j.Labels...)

	return map[string]any{
		"id": j.ID, "node_id": "CR_" + fmt.Sprint(j.ID), "run_id": run.ID, "run_url": c.ofRepo("/actions/runs/%d", run.ID), "run_attempt": j.Attempt, "head_sha": run.SHA,
		"head_branch": run.Branch, "workflow_name": nil, "name": j.Name, "url": c.ofRepo("/actions/jobs/%d", j.ID), "html_url": c.html("/actions/runs/%d/job/%d", run.ID, j.ID),
		"status": j.Status, "conclusion": nullable(j.Conclusion), "created_at": stamp(j.CreatedAt), "started_at": stamp(j.StartedAt), "completed_at": stamp(j.CompletedAt),
		"steps": steps, "check_run_url": c.ofRepo("/check-runs/%d", j.ID), "labels": labels, "runner_id": runnerID, "runner_name": nullable(j.Runner),
		"runner_group_id": runnerID, "runner_group_name": nullable(j.Runner),
	}
}

func (c *call) showFile(path, content string, whole bool) map[string]any {
	sha := BlobSHA(content)
	self, git, html := c.ofRepo("/contents/%s", path), c.ofRepo("/git/blobs/%s", sha), c.html("/blob/%s/%s", c.repo.DefaultBranch, path)
	file := map[string]any{
		"name": path[strings.LastIndex(path, "/")+1:], "path": path, "sha": sha, "size": len(content), "type": "file", "url": self, "git_url": git, "html_url": html,
		"download_url": c.s.ForeignURL + "/raw/" + path, "_links": map[string]any{"self": self, "git": git, "html": html},
	}
	if whole {
		file["content"], file["encoding"] = encoded(content), "base64"
	}

	return file
}

func (c *call) showFolder(path string) map[string]any {
	self, git, html := c.ofRepo("/contents/%s", path), c.ofRepo("/git/trees/%s", BlobSHA(path)), c.html("/tree/%s/%s", c.repo.DefaultBranch, path)

	return map[string]any{
		"name": path[strings.LastIndex(path, "/")+1:], "path": path, "sha": BlobSHA(path), "size": 0, "type": "dir", "url": self, "git_url": git, "html_url": html,
		"download_url": nil, "_links": map[string]any{"self": self, "git": git, "html": html},
	}
}

func (c *call) showParents(commit *Commit) []any {
	parents := []any{}
	for _, sha := range commit.Parents {
		parents = append(parents, map[string]any{"sha": sha, "url": c.ofRepo("/commits/%s", sha), "html_url": c.html("/commit/%s", sha)})
	}

	return parents
}

func (c *call) showFileCommit(commit *Commit) map[string]any {
	who := map[string]any{"name": commit.Author, "email": commit.Author + "@example.com", "date": stamp(commit.At)}

	return map[string]any{
		"sha": commit.SHA, "node_id": "C_" + commit.SHA, "url": c.ofRepo("/git/commits/%s", commit.SHA), "html_url": c.html("/commit/%s", commit.SHA), "author": who, "committer": who,
		"message": commit.Message, "tree": map[string]any{"sha": BlobSHA(commit.SHA), "url": c.ofRepo("/git/trees/%s", BlobSHA(commit.SHA))}, "parents": c.showParents(commit),
	}
}

func (c *call) showCommit(commit *Commit) map[string]any {
	who := map[string]any{"name": commit.Author, "email": commit.Author + "@example.com", "date": stamp(commit.At)}

	return map[string]any{
		"sha": commit.SHA, "node_id": "C_" + commit.SHA, "url": c.ofRepo("/commits/%s", commit.SHA), "html_url": c.html("/commit/%s", commit.SHA),
		"comments_url": c.ofRepo("/commits/%s/comments", commit.SHA), "author": c.showUser(commit.Author), "committer": c.showUser(commit.Author), "parents": c.showParents(commit),
		"commit": map[string]any{
			"url": c.ofRepo("/git/commits/%s", commit.SHA), "author": who, "committer": who, "message": commit.Message, "comment_count": 0,
			"tree": map[string]any{"sha": BlobSHA(commit.SHA), "url": c.ofRepo("/git/trees/%s", BlobSHA(commit.SHA))},
		},
	}
}

func (c *call) showBranch(name string, commit *Commit) map[string]any {
	protected := c.repo.Protected[name]

	return map[string]any{
		"name": name, "commit": c.showCommit(commit), "_links": map[string]any{"self": c.ofRepo("/branches/%s", name), "html": c.html("/tree/%s", name)},
		"protected": protected, "protection": map[string]any{"enabled": protected}, "protection_url": c.ofRepo("/branches/%s/protection", name),
	}
}

func (c *call) showRef(name, sha string) map[string]any {
	return map[string]any{
		"ref": "refs/heads/" + name, "node_id": "REF_" + name, "url": c.ofRepo("/git/refs/heads/%s", name),
		"object": map[string]any{"type": "commit", "sha": sha, "url": c.ofRepo("/git/commits/%s", sha)},
	}
}
