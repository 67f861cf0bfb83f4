package main

import (
	"bytes"
	"context"
	"strings"
	"time"

	"rr/internal/control"
	"rr/policies"
	"rr/runner"
	"rr/runner/config"
)

// quiet is how long files must have been left alone before they are read again.
const quiet = 50 * time.Millisecond

// watch tells of changes to the configuration and the policies.
func (s *service) watch(ctx context.Context, changed chan<- struct{}) {
	where := func() config.Watched {
		return config.Watched{Config: s.opened.loaded.Path, Policies: s.policyDir()}
	}
	err := config.Watch(ctx, where, quiet, func() { poke(changed) })
	if err != nil && ctx.Err() == nil {
		s.opened.log.Error("changes are not noticed, use SIGHUP", "kind", "reload", "note", err)
	}
}

// policyDir is where policies come from: those of the configuration that was
// last valid, in force or not, so that a folder with a mistake in it is watched
// until the mistake is mended.
func (s *service) policyDir() string { return *s.policies.Load() }

// reloads makes a setup of what has changed and hands it over. A bad one changes
// nothing: it is told once and stands in the status until it is mended.
func (s *service) reloads(ctx context.Context, changed <-chan struct{}, setups chan<- runner.Setup) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		setup, same, err := s.candidate(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			s.refuse(err)
		case same:
			s.mended()
		case err == nil:
			s.handOver(ctx, setup, setups)
		}
	}
}

// handOver waits until the setup is in force: the next candidate is compared
// with it and made of its collectors.
func (s *service) handOver(ctx context.Context, setup runner.Setup, setups chan<- runner.Setup) {
	used := make(chan struct{})
	use := setup.OnUse
	setup.OnUse = func() {
		defer close(used)
		use()
		now := s.main.Now().UTC()
		s.reload.Store(&control.Reload{At: &now})
		s.inForce.Store(&inForce{setup.Source.Files[config.FileName], setup.Decider.(*policies.Engine)})
		s.opened.log.Info("configuration and policies in force", "kind", "reload", "status", "ok")
	}
	select {
	case <-ctx.Done():
		return
	case setups <- setup:
	}
	select {
	case <-ctx.Done():
	case <-used:
	}
}

// inForce is what decides now.
type inForce struct {
	config []byte
	engine *policies.Engine
}

// candidate loads, compiles and tests what is on disk now. It is the same where
// that is what is in force already.
func (s *service) candidate(ctx context.Context) (setup runner.Setup, same bool, err error) {
	loaded, err := config.Load(s.opened.loaded.Path)
	if err != nil {
		return runner.Setup{}, false, err
	}
	dir := loaded.PolicyDir()
	s.policies.Store(&dir)
	now := s.inForce.Load()
	e, err := now.engine.Reload(engineOptions(loaded))
	if err != nil {
		return runner.Setup{}, false, err
	}
	if bytes.Equal(now.config, loaded.Text) && now.engine.Hash() == e.Hash() {
		return runner.Setup{}, true, nil
	}
	if err := selectorsMean(loaded.Config, e); err != nil {
		return runner.Setup{}, false, err
	}
	report, err := e.TestSince(ctx, now.engine)
	if err != nil {
		return runner.Setup{}, false, err
	}
	if err := report.Err(); err != nil {
		return runner.Setup{}, false, err
	}
	setup, err = s.opened.wiring.setup(loaded, e)

	return setup, false, err
}

// mended forgets a refusal, where what is on disk is again what is in force.
func (s *service) mended() {
	if before := s.reload.Load(); before.Error != "" {
		s.reload.Store(&control.Reload{})
		s.opened.log.Info("what is on disk is what is in force again", "kind", "reload", "status", "ok")
	}
}

func (s *service) refuse(err error) {
	before := s.reload.Load()
	now := s.main.Now().UTC()
	s.reload.Store(&control.Reload{At: &now, Error: err.Error()})
	if before.Error == err.Error() {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSpace(err.Error()), "\n") {
		s.opened.log.Error(line, "kind", "reload", "status", "refused", "note", "what was in force stays in force")
	}
}
