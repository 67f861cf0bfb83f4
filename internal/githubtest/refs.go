package githubtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// history is a commit and all before it, the newest first.
func (c *call) history(from *Commit) []*Commit {
	var commits []*Commit
	seen := map[string]bool{}
	for queue := []*Commit{from}; len(queue) > 0; queue = queue[1:] {
		if commit := queue[0]; commit != nil && !seen[commit.SHA] {
			seen[commit.SHA] = true
			commits = append(commits, commit)
			for _, parent := range commit.Parents {
				queue = append(queue, c.repo.Commits[parent])
			}
		}
	}

	return commits
}

// listCommits lists those that changed a path, within times.
func (c *call) listCommits() reply {
	query := c.URL.Query()
	head := c.commitOf(query.Get("sha"))
	if head == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	since, _ := time.Parse(time.RFC3339, query.Get("since"))
	until, err := time.Parse(time.RFC3339, query.Get("until"))
	var found []*Commit
	for _, commit := range c.history(head) {
		if commit.At.Before(since) || err == nil && commit.At.After(until) || !c.touches(commit, query.Get("path")) {
			continue
		}
		found = append(found, commit)
	}
	part, link := page(c, found, 0)
	shown := []any{}
	for _, commit := range part {
		shown = append(shown, c.showCommit(commit))
	}

	return reply{status: http.StatusOK, body: shown, link: link}
}

func (c *call) touches(commit *Commit, where string) bool {
	if where == "" {
		return true
	}
	before := map[string]string{}
	if len(commit.Parents) > 0 {
		before = c.repo.Commits[commit.Parents[0]].Files
	}
	names := map[string]bool{}
	for name := range commit.Files {
		names[name] = true
	}
	for name := range before {
		names[name] = true
	}
	for name := range names {
		if (name == where || strings.HasPrefix(name, where+"/")) && before[name] != commit.Files[name] {
			return true
		}
	}

	return false
}

func (c *call) getCommit() reply {
	commit := c.commitOf(c.PathValue("ref"))
	if commit == nil {
		return problem(http.StatusUnprocessableEntity, "No commit found for SHA: "+c.PathValue("ref"))
	}

	return ok(c.showCommit(commit))
}

func (c *call) getBranch() reply {
	name := c.PathValue("branch")
	sha, found := c.repo.Branches[name]
	if !found {
		return problem(http.StatusNotFound, "Branch not found")
	}

	return ok(c.showBranch(name, c.repo.Commits[sha]))
}

func (c *call) getRef() reply {
	name, branch := strings.CutPrefix(c.PathValue("ref"), "heads/")
	sha, found := c.repo.Branches[name]
	if !branch || !found {
		return problem(http.StatusNotFound, "Not Found")
	}

	return ok(c.showRef(name, sha))
}

func (c *call) createRef() reply {
	var body struct{ Ref, SHA string }
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	name, branch := strings.CutPrefix(body.Ref, "refs/heads/")
	switch {
	case !branch || name == "" || strings.Contains(name, ".."):
		return problem(http.StatusUnprocessableEntity, body.Ref+" is not a valid ref name")
	case c.repo.Branches[name] != "":
		return problem(http.StatusUnprocessableEntity, "Reference already exists")
	case c.repo.Commits[body.SHA] == nil:
		return problem(http.StatusUnprocessableEntity, "Object does not exist")
	}
	c.repo.Branches[name] = body.SHA

	return created(c.showRef(name, body.SHA))
}

func (c *call) updateRef() reply {
	var body struct {
		SHA   string
		Force bool
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	name := strings.TrimPrefix(c.PathValue("ref"), "heads/")
	old, found := c.repo.Branches[name]
	commit := c.repo.Commits[body.SHA]
	switch {
	case !found:
		return problem(http.StatusUnprocessableEntity, "Reference does not exist")
	case commit == nil:
		return problem(http.StatusUnprocessableEntity, "Object does not exist")
	case !body.Force && !slices.Contains(c.history(commit), c.repo.Commits[old]):
		return problem(http.StatusUnprocessableEntity, "Update is not a fast forward")
	}
	c.repo.Branches[name] = body.SHA

	return ok(c.showRef(name, body.SHA))
}

func (c *call) deleteRef() reply {
	name := strings.TrimPrefix(c.PathValue("ref"), "heads/")
	if _, found := c.repo.Branches[name]; !found {
		return problem(http.StatusUnprocessableEntity, "Reference does not exist")
	}
	delete(c.repo.Branches, name)

	return noContent()
}
