package githubtest

import (
	"fmt"
	"maps"
)

// showIssue shows an issue, with a score in the answer of a search.
func (c *call) showIssue(i *Issue, found bool) map[string]any {
	labels := []any{}
	for n, name := range i.Labels {
		labels = append(labels, map[string]any{"id": n + 1, "node_id": "LA", "url": c.ofRepo("/labels/%s", name), "name": name, "description": nil, "color": "ededed", "default": false})
	}
	shown := map[string]any{
		"id": int64(i.Number) + 100, "node_id": fmt.Sprintf("I_%d", i.Number), "number": i.Number, "title": i.Title, "body": nullable(i.Body), "state": i.State, "locked": false,
		"labels": labels, "user": c.showUser(i.Author), "assignee": nil, "assignees": []any{}, "milestone": nil, "comments": len(i.Comments), "closed_at": nil,
		"created_at": stamp(i.CreatedAt), "updated_at": stamp(i.UpdatedAt), "author_association": "OWNER", "repository_url": c.ofRepo(""),
		"url": c.ofRepo("/issues/%d", i.Number), "html_url": c.html("/issues/%d", i.Number),
	}
	for _, name := range []string{"comments", "events", "labels"} {
		shown[name+"_url"] = c.ofRepo("/issues/%d/%s", i.Number, name)
	}
	if i.State == "closed" {
		shown["closed_at"] = stamp(i.UpdatedAt)
	}
	if found {
		shown["score"], shown["body"] = 1.0, i.Body
	}

	return shown
}

func (c *call) showComment(i *Issue, number int) map[string]any {
	return map[string]any{
		"id": number, "node_id": "IC", "url": c.ofRepo("/issues/comments/%d", number), "html_url": c.html("/issues/%d#issuecomment-%d", i.Number, number),
		"issue_url": c.ofRepo("/issues/%d", i.Number), "body": i.Comments[number-1], "user": c.showUser(c.token.Login), "author_association": "OWNER",
		"created_at": stamp(i.UpdatedAt), "updated_at": stamp(i.UpdatedAt),
	}
}

func (c *call) showPullAsIssue(p *Pull) map[string]any {
	shown := c.showIssue(&Issue{Number: p.Number, Title: p.Title, Body: p.Body, State: p.State, Author: p.Author, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}, false)
	self := c.ofRepo("/pulls/%d", p.Number)
	shown["pull_request"] = map[string]any{"url": self, "html_url": c.html("/pull/%d", p.Number), "diff_url": c.html("/pull/%d.diff", p.Number), "patch_url": c.html("/pull/%d.patch", p.Number)}

	return shown
}

// showPull shows a pull request, whole or as in a listing.
func (c *call) showPull(p *Pull, whole bool) map[string]any {
	side := func(branch string) map[string]any {
		return map[string]any{"label": c.repo.Owner + ":" + branch, "ref": branch, "sha": c.repo.Branches[branch], "user": c.showUser(c.repo.Owner), "repo": c.showRepo()}
	}
	self := c.ofRepo("/pulls/%d", p.Number)
	link := func(address string) map[string]any { return map[string]any{"href": address} }
	shown := map[string]any{
		"id": int64(p.Number) + 200, "node_id": fmt.Sprintf("PR_%d", p.Number), "number": p.Number, "state": p.State, "locked": false, "title": p.Title, "body": nullable(p.Body),
		"user": c.showUser(p.Author), "assignee": nil, "labels": []any{}, "milestone": nil, "author_association": "OWNER", "auto_merge": nil, "draft": p.Draft,
		"head": side(p.Head), "base": side(p.Base), "created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt), "closed_at": nil, "merged_at": stamp(p.MergedAt), "merge_commit_sha": nil,
		"url": self, "html_url": c.html("/pull/%d", p.Number), "diff_url": c.html("/pull/%d.diff", p.Number), "patch_url": c.html("/pull/%d.patch", p.Number),
		"issue_url": c.ofRepo("/issues/%d", p.Number), "commits_url": self + "/commits", "comments_url": c.ofRepo("/issues/%d/comments", p.Number),
		"review_comments_url": self + "/comments", "review_comment_url": c.ofRepo("/pulls/comments"), "statuses_url": c.ofRepo("/statuses/%s", c.repo.Branches[p.Head]),
		"_links": map[string]any{
			"self": link(self), "html": link(c.html("/pull/%d", p.Number)), "issue": link(c.ofRepo("/issues/%d", p.Number)), "comments": link(c.ofRepo("/issues/%d/comments", p.Number)),
			"review_comments": link(self + "/comments"), "review_comment": link(c.ofRepo("/pulls/comments")), "commits": link(self + "/commits"),
			"statuses": link(c.ofRepo("/statuses/%s", c.repo.Branches[p.Head])),
		},
	}
	if p.State == "closed" {
		shown["closed_at"] = stamp(p.UpdatedAt)
	}
	if whole {
		maps.Copy(shown, map[string]any{
			"additions": 1, "deletions": 0, "changed_files": 1, "commits": 1, "comments": 0, "review_comments": 0, "mergeable": nil, "mergeable_state": "unknown", "merged": false,
			"merged_by": nil, "maintainer_can_modify": false,
		})
	}

	return shown
}

func (c *call) showDeployment(d Deployment) map[string]any {
	self := c.ofRepo("/deployments/%d", d.ID)

	return map[string]any{
		"id": d.ID, "node_id": "DE", "sha": d.SHA, "ref": d.Ref, "task": "deploy", "payload": map[string]any{}, "environment": d.Environment, "description": nil,
		"creator": c.showUser("robot"), "created_at": stamp(d.CreatedAt), "updated_at": stamp(d.CreatedAt), "url": self, "statuses_url": self + "/statuses", "repository_url": c.ofRepo(""),
	}
}

func (c *call) showDeploymentState(d Deployment, s DeploymentState) map[string]any {
	self := c.ofRepo("/deployments/%d", d.ID)

	return map[string]any{
		"id": s.ID, "node_id": "DES", "state": s.State, "description": s.Description, "creator": c.showUser("robot"), "environment": d.Environment, "target_url": "",
		"created_at": stamp(s.At), "updated_at": stamp(s.At), "url": fmt.Sprintf("%s/statuses/%d", self, s.ID), "deployment_url": self, "repository_url": c.ofRepo(""),
	}
}
