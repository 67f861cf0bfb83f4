// Package netlify acts on one Netlify site: on its folder (the list of
// functions, the build, the source of one function) and, through Netlify's API,
// on its deploys. It holds one verb a file; what several share is in netlify.go
// (who is acted on), folder.go (the site's folder, which one act at a time may
// change), look.go (a fresh look at the deploys), bundle.go (what is deployed)
// and memory.go (what outlives rr). Each verb looks again before it acts and
// refuses where its target is not what was seen.
//
// It never calls /rollback, which goes back one further each time, unlocks
// nothing that a person locked, and runs no program but the configured build and
// the configured netlify command, neither with an environment that holds more
// than was named.
package netlify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"rr/internal/netlify"
	"rr/schemas"
)

// actTimeout bounds an act that only asks the API, its several requests among
// it.
const actTimeout = 2 * time.Minute

// Site is what is acted on.
type Site struct {
	Scope   string
	Config  schemas.Netlify
	Dir     string                 // of the site
	Client  *netlify.Client        // nil without access
	Token   func() (string, error) // nil without access
	Hook    func() (string, error) // address of the build hook; nil without one
	Getenv  func(string) string
	Replace string // folder that keeps what a restored file replaced
	Memory  Memory
	Work    *Work
	Now     func() time.Time
}

// Work is what the acts on one site share: only one at a time changes its
// folder or deploys it.
type Work struct {
	mu    sync.Mutex
	built time.Time // when a build last ended
}

// Sites gives the site of a scope, false where there is none.
type Sites func(scope string) (Site, bool)

// of gives the site of a target.
func (all Sites) of(id schemas.ID) (Site, error) {
	s, found := all(id.Scope())
	if !found {
		return Site{}, fmt.Errorf("%s: no site is configured as %q", id, id.Scope())
	}

	return s, nil
}

// api gives the site of a target, with its API.
func (all Sites) api(id schemas.ID) (Site, error) {
	s, err := all.of(id)
	if err == nil && s.Client == nil {
		err = fmt.Errorf("%s: there is no access to the API: name a token, as in token_env: \"NETLIFY_AUTH_TOKEN\"", id)
	}

	return s, err
}

// inFolder acts on the folder of a target's site, as the only one, for no longer
// than an act may take.
func (all Sites) inFolder(ctx context.Context, a schemas.Action, act func(context.Context, Site) (string, error)) (string, error) {
	s, err := all.of(a.Target)
	if err != nil {
		return "", err
	}
	ctx, cancel := within(ctx)
	defer cancel()
	end, err := s.begin()
	if err != nil {
		return "", err
	}
	defer end()

	return act(ctx, s)
}

// alone acts on the deploys of a target, as the only one, with what was seen of
// it before.
func (all Sites) alone(ctx context.Context, a schemas.Action, seen schemas.Snapshot, act func(ctx context.Context, s Site, before schemas.Site) (string, error)) (string, error) {
	if _, err := all.api(a.Target); err != nil {
		return "", err
	}
	before, err := subject(a.Target, seen)
	if err != nil {
		return "", err
	}

	return all.inFolder(ctx, a, func(ctx context.Context, s Site) (string, error) { return act(ctx, s, before) })
}

// begin makes an act the only one on the site's folder and deploys, or refuses.
func (s Site) begin() (end func(), err error) {
	if !s.Work.mu.TryLock() {
		return nil, refused("another action on site %s is under way", s.Scope)
	}

	return s.Work.mu.Unlock, nil
}

// refused marks an act that was not begun, because its target is not what was
// seen.
func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{schemas.ErrRefused}, args...)...)
}

// within bounds an act that only asks the API.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, actTimeout)
}

// byHand tells that a person asked: then it is their decision.
func byHand(a schemas.Action) bool { return a.Policy == schemas.PolicyOperator }

// unknown marks an act of which it is not known what became of it.
func unknown(err error) error {
	if errors.Is(err, schemas.ErrOutcomeUnknown) {
		return err
	}

	return fmt.Errorf("%w: %w", schemas.ErrOutcomeUnknown, err)
}
