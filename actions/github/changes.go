package github

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/google/go-github/v62/github"

	"rr/internal/githubapi"
	"rr/internal/workflowfile"
	"rr/schemas"
)

// offer makes a change through the API, of what the default branch has: on a
// branch of its own with a pull request, or on the default branch itself. The
// checkout stays as it is.
func (r Repository) offer(ctx context.Context, id schemas.ID, c change) (string, error) {
	if r.Client == nil {
		return "", r.noAccess(id)
	}
	ctx, cancel := within(ctx)
	defer cancel()
	name, err := pathOf(id)
	if err != nil {
		return "", err
	}
	branch, err := r.defaultBranch(ctx)
	if err != nil {
		return "", told(err)
	}
	there, err := r.content(ctx, name, branch)
	if err != nil {
		return "", told(err)
	}
	fresh, note, err := c.of(ctx, name, there.text)
	if err != nil {
		return "", err
	}
	if r.Config.Changes == schemas.ChangesPush {
		commit, err := r.put(ctx, name, branch, there.sha, fresh, c)
		if err != nil {
			return "", told(err)
		}

		return fmt.Sprintf("%s: %s, committed to %s as %s", name, note, branch, commit), nil
	}
	number, err := r.pullRequest(ctx, proposal{name: name, base: branch, text: fresh, note: note, change: c})
	if err != nil {
		return "", told(err)
	}

	return fmt.Sprintf("%s: %s, offered as pull request #%d", name, note, number), nil
}

// remote is a file as a branch has it.
type remote struct {
	text []byte // nil where it is not there
	sha  string
}

func (r Repository) content(ctx context.Context, name, branch string) (remote, error) {
	file, _, _, err := r.Client.Repositories.GetContents(ctx, r.owner(), r.name(), name, &github.RepositoryContentGetOptions{Ref: branch})
	if notFound(err) {
		return remote{}, nil
	}
	if err != nil {
		return remote{}, err
	}
	if file == nil {
		return remote{}, refused("%s is a folder on %s", name, branch)
	}
	text, err := file.GetContent()
	if err != nil {
		return remote{}, err
	}

	return remote{text: []byte(text), sha: file.GetSHA()}, nil
}

// put commits a file to a branch. GitHub refuses where it is not there any more
// as it was read.
func (r Repository) put(ctx context.Context, name, branch, sha string, text []byte, c change) (commit string, err error) {
	options := &github.RepositoryContentFileOptions{Message: github.String(fmt.Sprintf(c.title, path.Base(name)) + "\n\n" + c.reason), Content: text, Branch: &branch}
	if sha != "" {
		options.SHA = &sha
	}
	err = githubapi.Write(ctx, func(ctx context.Context) error {
		answer, _, err := r.Client.Repositories.UpdateFile(ctx, r.owner(), r.name(), name, options)
		if err == nil {
			commit = short(answer.Commit.GetSHA())
		}

		return err
	})

	return commit, err
}

func short(sha string) string { return sha[:min(12, len(sha))] }

// proposal is a file as it is to be offered.
type proposal struct {
	change

	name string // path of the file
	base string // branch that it is for
	text []byte
	note string
}

// branch is named for the content, so that what was offered once is not offered
// again.
func (p proposal) branch() string {
	return p.change.branch + strings.TrimSuffix(path.Base(p.name), path.Ext(p.name)) + "-" + workflowfile.Hash(p.text)[:8]
}

// pullRequest offers a file. What is offered already, and what a person did not
// want, is not offered again; what was merged and is broken anew is, from a
// branch of its own. It returns the number of the pull request.
func (r Repository) pullRequest(ctx context.Context, p proposal) (number int, err error) {
	tip, _, err := r.Client.Git.GetRef(ctx, r.owner(), r.name(), "heads/"+p.base)
	if err != nil {
		return 0, err
	}
	branch := p.branch()
	number, merged, err := r.offered(ctx, branch)
	if merged {
		branch += "-" + short(tip.GetObject().GetSHA())
		number, _, err = r.offered(ctx, branch)
	}
	if err != nil || number != 0 {
		return number, err
	}
	if err := r.makeBranch(ctx, branch, tip.GetObject().GetSHA()); err != nil {
		return 0, err
	}
	if err := r.putOn(ctx, branch, p); err != nil {
		return 0, err
	}
	title := fmt.Sprintf(p.title, path.Base(p.name))
	body := fmt.Sprintf("%s: %s.\n\n`%s`: please read it before you merge it.\n", p.note, strings.TrimSuffix(p.reason, "."), p.name)
	var pull *github.PullRequest
	err = githubapi.Write(ctx, func(ctx context.Context) error {
		pull, _, err = r.Client.PullRequests.Create(ctx, r.owner(), r.name(), &github.NewPullRequest{Title: &title, Head: &branch, Base: &p.base, Body: &body})
		return err
	})

	return pull.GetNumber(), err
}

// offered is the number of an open pull request from a branch, 0 for none, and
// whether one was merged. It refuses a branch from which a person closed one.
func (r Repository) offered(ctx context.Context, branch string) (number int, merged bool, err error) {
	pulls, _, err := r.Client.PullRequests.List(ctx, r.owner(), r.name(), &github.PullRequestListOptions{
		State: "all", Head: r.owner() + ":" + branch, ListOptions: github.ListOptions{PerPage: 1},
	})
	switch {
	case err != nil || len(pulls) == 0:
		return 0, false, err
	case pulls[0].GetState() == "open":
		return pulls[0].GetNumber(), false, nil
	case pulls[0].MergedAt == nil:
		return 0, false, refused("pull request #%d offered it, and a person closed it", pulls[0].GetNumber())
	}

	return 0, true, nil
}

// putOn commits the file to the branch of a proposal, unless an attempt that
// broke off did so.
func (r Repository) putOn(ctx context.Context, branch string, p proposal) error {
	on, err := r.content(ctx, p.name, branch)
	if err != nil || on.text != nil && bytes.Equal(on.text, p.text) {
		return err
	}
	_, err = r.put(ctx, p.name, branch, on.sha, p.text, p.change)

	return err
}

// makeBranch makes a branch, unless it is there from an attempt that broke off.
func (r Repository) makeBranch(ctx context.Context, branch, sha string) error {
	_, _, err := r.Client.Git.GetRef(ctx, r.owner(), r.name(), "heads/"+branch)
	if err == nil || !notFound(err) {
		return err
	}

	return githubapi.Write(ctx, func(ctx context.Context) error {
		_, _, err := r.Client.Git.CreateRef(ctx, r.owner(), r.name(), &github.Reference{
			Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: &sha},
		})

		return err
	})
}
