// Package github acts on the workflows of one repository: on runs through
// GitHub's API, and on workflow files in the checkout or, where the
// configuration says so, through the API. It holds one verb a file; what several
// share is in github.go (who is acted on), runs.go (a fresh look at a run),
// workflows.go (a fresh look at a workflow), files.go (the checkout) and
// changes.go (what becomes of a mended file). Each verb looks again before it
// acts and refuses where its target is not what was seen.
//
// It runs no step of a workflow on this host, enables nothing that a person
// disabled, and pushes to the default branch only where that is configured.
package github

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"rr/internal/githubapi"
	"rr/schemas"
)

// actTimeout bounds one act, several requests and their spacing among it.
const actTimeout = 2 * time.Minute

// Repository is what is acted on.
type Repository struct {
	Config  schemas.GitHub
	Dir     string            // of the checkout
	Client  *githubapi.Client // nil without access
	Replace string            // folder that keeps what a restored or mended file replaced
	Now     func() time.Time
}

// Repositories gives the repository of a scope, false where there is none.
type Repositories func(scope string) (Repository, bool)

// of gives the repository of a target.
func (all Repositories) of(id schemas.ID) (Repository, error) {
	r, found := all(id.Scope())
	if !found {
		return Repository{}, fmt.Errorf("%s: no repository is configured as %q", id, id.Scope())
	}

	return r, nil
}

// api gives the repository of a target, with its API.
func (all Repositories) api(id schemas.ID) (Repository, error) {
	r, err := all.of(id)
	if err == nil && r.Client == nil {
		err = r.noAccess(id)
	}

	return r, err
}

// noAccess is the error of an act that needs the API where nobody gave a token.
func (r Repository) noAccess(id schemas.ID) error {
	return fmt.Errorf("%s: there is no access to the API: name a token, as in token_env: \"GITHUB_TOKEN\"", id)
}

func (r Repository) owner() string { owner, _, _ := strings.Cut(r.Config.Repo, "/"); return owner }
func (r Repository) name() string  { _, name, _ := strings.Cut(r.Config.Repo, "/"); return name }

// refused marks an act that was not begun, because its target is not what was
// seen.
func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{schemas.ErrRefused}, args...)...)
}

// told is an error of the API as it may be kept: what sort it is, and whether it
// is known that nothing was done.
func told(err error) error {
	switch {
	case err == nil, errors.Is(err, schemas.ErrRefused):
		return err
	case errors.Is(err, schemas.ErrOutcomeUnknown):
		return fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, githubapi.Classify(err))
	}
	var limited githubapi.ErrLimited
	if errors.As(err, &limited) {
		return limited
	}
	if p := githubapi.Classify(err); p != (githubapi.Problem{}) {
		return p
	}

	return err
}

// notFound tells that something is not there from every other error.
func notFound(err error) bool {
	return githubapi.Classify(err).Kind == githubapi.NotFound
}

// within bounds an act.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, actTimeout)
}

// defaultBranch asks for it afresh.
func (r Repository) defaultBranch(ctx context.Context) (string, error) {
	repository, _, err := r.Client.Repositories.Get(ctx, r.owner(), r.name())
	if err != nil {
		return "", err
	}

	return repository.GetDefaultBranch(), nil
}

// response is what go-github answers with.
type response = github.Response
