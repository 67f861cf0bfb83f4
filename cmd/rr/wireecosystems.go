package main

import (
	"context"
	"sync"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
)

// ecosystemReaders read the ecosystem files that backups are about, one for each
// PM2 home, as long as rr runs and over every reload: each knows what it has
// evaluated. A file in JavaScript is evaluated by the node of its home's daemon,
// as the collector of PM2 has it, and sees nothing of rr's environment.
type ecosystemReaders struct {
	mu     sync.Mutex
	byHome map[string]*ecosystem.Reader
}

func newEcosystemReaders() *ecosystemReaders {
	return &ecosystemReaders{byHome: map[string]*ecosystem.Reader{}}
}

func (r *ecosystemReaders) of(home string) *ecosystem.Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byHome[home] == nil {
		r.byHome[home] = &ecosystem.Reader{Home: home, FindNode: func(ctx context.Context) (string, error) { return pm2.NodeOf(ctx, home) }}
	}

	return r.byHome[home]
}
