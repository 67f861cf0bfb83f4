package github

import (
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
		return "", fmt.Errorf("%s: changes: %s needs access to the API", id, r.Config.Changes)
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
		return "", told(err)
	}
	if r.Config.Changes == schemas.ChangesPush {
		commit, err := r.put(ctx, name, branch, there.sha, fresh, c)
		if err != nil {
			return "", told(err)
		}

		return fmt.Sprintf("%s: %s, committed to %s as %s", name, note, branch, commit), nil
	}
	number, err := r.pullRequest(ctx, name, branch, there.sha, fresh, note, c)
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

// pullRequest offers a file. The branch is named for the content, so that what
// was offered once is not offered again.
func (r Repository) pullRequest(ctx context.Context, name, base, sha string, text []byte, note string, c change) (int, error) {
	branch := c.branch + strings.TrimSuffix(path.Base(name), path.Ext(name)) + "-" + workflowfile.Hash(text)[:8]
	if number, err := r.openPull(ctx, branch); err != nil || number != 0 {
		return number, err
	}
	tip, _, err := r.Client.Git.GetRef(ctx, r.owner(), r.name(), "heads/"+base)
	if err != nil {
		return 0, err
	}
	if err := r.makeBranch(ctx, branch, tip.GetObject().GetSHA()); err != nil {
		return 0, err
	}
	on, err := r.content(ctx, name, branch)
	if err != nil {
		return 0, err
	}
	if string(on.text) != string(text) || on.text == nil {
		if on.sha != sha { // the branch was begun from another state
			sha = on.sha
		}
		if _, err := r.put(ctx, name, branch, sha, text, c); err != nil {
			return 0, err
		}
	}
	title, body := fmt.Sprintf(c.title, path.Base(name)), fmt.Sprintf("%s: %s.\n\n`%s`: %s\n", note, c.reason, name, "please read it before you merge it")
	var pull *github.PullRequest
	err = githubapi.Write(ctx, func(ctx context.Context) error {
		pull, _, err = r.Client.PullRequests.Create(ctx, r.owner(), r.name(), &github.NewPullRequest{Title: &title, Head: &branch, Base: &base, Body: &body})
		return err
	})

	return pull.GetNumber(), err
}

// openPull is the number of an open pull request from a branch, 0 for none.
func (r Repository) openPull(ctx context.Context, branch string) (int, error) {
	pulls, _, err := r.Client.PullRequests.List(ctx, r.owner(), r.name(), &github.PullRequestListOptions{
		State: "open", Head: r.owner() + ":" + branch, ListOptions: github.ListOptions{PerPage: 1},
	})
	if err != nil || len(pulls) == 0 {
		return 0, err
	}

	return pulls[0].GetNumber(), nil
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
