package githubtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// number is the next of issues and pull requests, which share theirs.
func (r *Repo) number() int {
	highest := 0
	for _, i := range r.Issues {
		highest = max(highest, i.Number)
	}
	for _, p := range r.Pulls {
		highest = max(highest, p.Number)
	}

	return highest + 1
}

func (c *call) listPulls() reply {
	query := c.URL.Query()
	state := query.Get("state")
	if state == "" {
		state = "open"
	}
	var found []*Pull
	for _, p := range slices.Backward(c.repo.Pulls) {
		if (state == "all" || p.State == state) && either(query.Get("head"), c.repo.Owner+":"+p.Head) && either(query.Get("base"), p.Base) {
			found = append(found, p)
		}
	}
	part, link := page(c, found, 0)
	shown := []any{}
	for _, p := range part {
		shown = append(shown, c.showPull(p, false))
	}

	return reply{status: http.StatusOK, body: shown, link: link}
}

func (c *call) createPull() reply {
	var body struct {
		Title, Head, Base, Body string
		Draft                   bool
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	head := strings.TrimPrefix(body.Head, c.repo.Owner+":")
	from, to := c.repo.Branches[head], c.repo.Branches[body.Base]
	switch {
	case body.Title == "":
		return invalid("PullRequest", "title", "missing_field", "")
	case from == "":
		return invalid("PullRequest", "head", "invalid", "")
	case to == "":
		return invalid("PullRequest", "base", "invalid", "")
	case slices.Contains(c.history(c.repo.Commits[to]), c.repo.Commits[from]):
		return invalid("PullRequest", "", "custom", fmt.Sprintf("No commits between %s and %s", body.Base, head))
	}
	for _, p := range c.repo.Pulls {
		if p.State == "open" && p.Head == head && p.Base == body.Base {
			return invalid("PullRequest", "", "custom", fmt.Sprintf("A pull request already exists for %s:%s.", c.repo.Owner, head))
		}
	}
	now := c.s.now().UTC().Truncate(time.Second)
	p := &Pull{Number: c.repo.number(), Title: body.Title, Body: body.Body, Head: head, Base: body.Base, State: "open", Author: c.token.Login, Draft: body.Draft, CreatedAt: now, UpdatedAt: now}
	c.repo.Pulls = append(c.repo.Pulls, p)

	return created(c.showPull(p, true))
}

// listIssues lists pull requests too, as GitHub does.
func (c *call) listIssues() reply {
	query := c.URL.Query()
	state := query.Get("state")
	if state == "" {
		state = "open"
	}
	var found []any
	for _, i := range slices.Backward(c.repo.Issues) {
		labelled := true
		for label := range strings.SplitSeq(query.Get("labels"), ",") {
			labelled = labelled && (label == "" || slices.Contains(i.Labels, label))
		}
		if (state == "all" || i.State == state) && labelled && either(query.Get("creator"), i.Author) {
			found = append(found, c.showIssue(i, false))
		}
	}
	for _, p := range slices.Backward(c.repo.Pulls) {
		if (state == "all" || p.State == state) && query.Get("labels") == "" && either(query.Get("creator"), p.Author) {
			found = append(found, c.showPullAsIssue(p))
		}
	}
	part, link := page(c, found, 0)

	return reply{status: http.StatusOK, body: append([]any{}, part...), link: link}
}

func (c *call) createIssue() reply {
	var body struct {
		Title, Body string
		Labels      []string
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	if c.repo.NoIssues {
		return problem(http.StatusGone, "Issues has been disabled in this repository.")
	}
	if body.Title == "" {
		return invalid("Issue", "title", "missing_field", "")
	}
	now := c.s.now().UTC().Truncate(time.Second)
	i := &Issue{Number: c.repo.number(), Title: body.Title, Body: body.Body, State: "open", Labels: body.Labels, Author: c.token.Login, CreatedAt: now, UpdatedAt: now}
	c.repo.Issues = append(c.repo.Issues, i)

	return created(c.showIssue(i, false))
}

func (c *call) issue() *Issue {
	number, _ := strconv.Atoi(c.PathValue("number"))
	for _, i := range c.repo.Issues {
		if i.Number == number {
			return i
		}
	}

	return nil
}

func (c *call) getIssue() reply {
	i := c.issue()
	if i == nil {
		return problem(http.StatusNotFound, "Not Found")
	}

	return ok(c.showIssue(i, false))
}

func (c *call) updateIssue() reply {
	var body struct {
		Title, Body, State *string
		Labels             *[]string
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	i := c.issue()
	if i == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	for _, field := range []struct{ from, to *string }{{body.Title, &i.Title}, {body.Body, &i.Body}, {body.State, &i.State}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if body.Labels != nil {
		i.Labels = *body.Labels
	}
	i.UpdatedAt = c.s.now()

	return ok(c.showIssue(i, false))
}

func (c *call) commentIssue() reply {
	var body struct{ Body string }
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	i := c.issue()
	switch {
	case i == nil:
		return problem(http.StatusNotFound, "Not Found")
	case body.Body == "":
		return invalid("IssueComment", "body", "missing_field", "")
	}
	i.Comments = append(i.Comments, body.Body)
	i.UpdatedAt = c.s.now()

	return created(c.showComment(i, len(i.Comments)))
}

var term = regexp.MustCompile(`(?:([a-z]+):)?(?:"([^"]*)"|(\S+))`)

// searchIssues knows repo:, is:, state:, label:, author:, in: and words, which
// are looked for in the title and, unless in:title is asked, in the body.
func (c *call) searchIssues() reply {
	query := c.URL.Query().Get("q")
	if strings.TrimSpace(query) == "" {
		return invalid("Search", "q", "missing", "")
	}
	var found []any
	for _, repo := range c.world.Repos {
		at := *c
		at.repo = repo
		if at.permit(reads("issues")) != nil {
			continue
		}
		for _, i := range repo.Issues {
			if matches(query, repo, i) {
				found = append(found, at.showIssue(i, true))
			}
		}
	}
	part, link := page(c, found, mostFound)

	return reply{status: http.StatusOK, body: map[string]any{
		"total_count": len(found), "incomplete_results": false, "items": append([]any{}, part...), "search_type": "lexical",
	}, link: link}
}

func matches(query string, repo *Repo, i *Issue) bool {
	text := i.Title + "\n" + i.Body
	if strings.Contains(query, "in:title") {
		text = i.Title
	}
	for _, found := range term.FindAllStringSubmatch(query, -1) {
		value := found[2] + found[3]
		match := true
		switch found[1] {
		case "repo":
			match = strings.EqualFold(value, repo.Owner+"/"+repo.Name)
		case "is", "state", "type":
			match = value == "issue" || value == i.State
		case "label":
			match = slices.Contains(i.Labels, value)
		case "author":
			match = value == i.Author
		case "in", "sort":
		default:
			match = strings.Contains(strings.ToLower(text), strings.ToLower(value))
		}
		if !match {
			return false
		}
	}

	return true
}
