package github

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v62/github"

	"rr/internal/githubapi"
	"rr/schemas"
)

// OpenIssue is github.open_issue: it tells the people of a repository what rr
// could not mend. While an issue about the target is open, there is no second.
type OpenIssue struct{ Repositories Repositories }

// maxIssuePages bounds the search for an issue that is open already.
const maxIssuePages = 5

// issueLabel marks the issues that rr opened.
const issueLabel = "rr"

// Act opens the issue.
func (v OpenIssue) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	r, err := v.Repositories.api(a.Target)
	if err != nil {
		return "", err
	}
	ctx, cancel := within(ctx)
	defer cancel()
	number, err := r.openIssue(ctx, mark(a.Target))
	if err != nil {
		return "", told(err)
	}
	if number != 0 {
		return "", refused("issue #%d about it is open", number)
	}
	title := fmt.Sprintf("%s needs a person", a.Target.Name())
	body := issueBody(a, seen)
	var issue *github.Issue
	err = githubapi.Write(ctx, func(ctx context.Context) error {
		issue, _, err = r.Client.Issues.Create(ctx, r.owner(), r.name(), &github.IssueRequest{Title: &title, Body: &body, Labels: &[]string{issueLabel}})
		return err
	})
	if err != nil {
		return "", told(err)
	}

	return fmt.Sprintf("opened issue #%d", issue.GetNumber()), nil
}

// mark is how rr finds its issue about a subject again.
func mark(id schemas.ID) string { return fmt.Sprintf("<!-- rr %s -->", id) }

// openIssue is the number of the open issue about a subject, 0 for none. GitHub
// drops the label of one who may not set any, so that the newest issues are
// looked through without it too.
func (r Repository) openIssue(ctx context.Context, mark string) (int, error) {
	number, err := r.findIssue(ctx, mark, []string{issueLabel}, maxIssuePages)
	if err != nil || number != 0 {
		return number, err
	}

	return r.findIssue(ctx, mark, nil, 1)
}

func (r Repository) findIssue(ctx context.Context, mark string, labels []string, pages int) (number int, err error) {
	_, err = githubapi.Pages(pages, func(page int) (*response, bool, error) {
		issues, response, err := r.Client.Issues.ListByRepo(ctx, r.owner(), r.name(), &github.IssueListByRepoOptions{
			State: "open", Labels: labels, ListOptions: github.ListOptions{PerPage: 100, Page: page},
		})
		for _, issue := range issues {
			if strings.Contains(issue.GetBody(), mark) {
				number = issue.GetNumber()
			}
		}

		return response, number != 0, err
	})

	return number, err
}

// issueBody tells what rr saw and tried.
func issueBody(a schemas.Action, seen schemas.Snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.\n\n", a.Target, strings.TrimSuffix(a.Reason, "."))
	if runs, ok := seen.Runs[a.Target]; ok && runs.RunURL != "" {
		fmt.Fprintf(&b, "The newest run: %s\n\n", runs.RunURL)
	}
	if incident, open := seen.Incidents[a.Target]; open {
		fmt.Fprintf(&b, "It has been so since %s.\n\n", incident.OpenedAt.UTC().Format("2006-01-02 15:04 UTC"))
		for _, attempt := range seen.Attempts {
			if attempt.Action.Subject == a.Target && attempt.Incident == incident.ID {
				fmt.Fprintf(&b, "* %s: %s, %s\n", attempt.Action.Verb, attempt.State, attempt.Note)
			}
		}
	}
	fmt.Fprintf(&b, "\n%s\n", mark(a.Target))

	return b.String()
}
