package netlify

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"rr/schemas"
)

// atOnce is how many probes are under way at the same time.
const atOnce = 8

// Endpoints asks the addresses that the configuration names, each at its own
// interval. It remembers what each answered, so use one for as long as rr runs.
type Endpoints struct {
	Scope     string
	Board     *Board
	Transport http.RoundTripper // nil is one of its own
	Now       func() time.Time

	here   *Source
	config atomic.Pointer[schemas.Netlify]
	known  map[string]*endpoint // by name
}

// endpoint is what is known of one.
type endpoint struct {
	probe    schemas.Probe
	asked    time.Time // zero before the first time
	last     answered
	failures int // in a row
}

// NewEndpoints returns a collector of what configured probes find. It sends
// nothing before the first look.
func NewEndpoints(scope string, source *Source, config schemas.Netlify, board *Board, now func() time.Time) *Endpoints {
	e := &Endpoints{Scope: scope, Board: board, Now: now, here: source, known: map[string]*endpoint{}}
	e.Configure(config)

	return e
}

// Configure puts another configuration in force from the next look on.
func (e *Endpoints) Configure(config schemas.Netlify) { e.config.Store(&config) }

// Collect asks those that are due and gives what is known of all. A probe of a
// background function is an error, and nothing is asked: asking would run it.
func (e *Endpoints) Collect(ctx context.Context) (schemas.Facts, error) {
	config := *e.config.Load()
	background, err := e.background(ctx)
	if err != nil {
		return nil, fmt.Errorf("probes: whether one is of a background function is not known: %w", err)
	}
	if err := CheckProbes(config.Probes, background); err != nil {
		return nil, err
	}
	due := e.due(config.Probes)
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, name := range due {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			e.known[name].ask(ctx, e.transport(), background, e.Now)
		})
	}
	wg.Wait()
	facts := schemas.EndpointFacts{Scope: e.Scope, TakenAt: e.Now().UTC(), Endpoints: map[schemas.ID]schemas.Endpoint{}}
	bad := failing{}
	for _, name := range slices.Sorted(maps.Keys(e.known)) {
		known := e.known[name]
		if known.asked.IsZero() {
			continue
		}
		seen := known.facts()
		seen.DeployS = e.Board.deployedFor(e.Now())
		if seen.State == stateFailing {
			bad.all++
			if seen.Status != nil {
				bad.wrong = append(bad.wrong, name)
			}
		}
		facts.Endpoints[schemas.NewID("netlify", e.Scope, "endpoint", name, 0)] = seen
	}
	e.Board.failing.Store(&bad)

	return facts, ctx.Err()
}

// due are the names of the probes whose time has come. One that was changed is
// begun anew, one that is gone is forgotten.
func (e *Endpoints) due(probes map[string]schemas.Probe) []string {
	maps.DeleteFunc(e.known, func(name string, known *endpoint) bool {
		probe, there := probes[name]
		return !there || probe != known.probe
	})
	var due []string
	for _, name := range slices.Sorted(maps.Keys(probes)) {
		if e.known[name] == nil {
			e.known[name] = &endpoint{probe: probes[name]}
		}
		if known := e.known[name]; known.asked.IsZero() || e.Now().Sub(known.asked) >= known.probe.Interval.Of() {
			due = append(due, name)
		}
	}

	return due
}

// background are the names and paths of the background functions of the source.
func (e *Endpoints) background(ctx context.Context) (Background, error) {
	source, err := e.here.current(ctx)
	if err != nil {
		return Background{}, err
	}
	b := Background{names: map[string]bool{}, paths: map[string]bool{}}
	for _, f := range source.Functions {
		if !f.Background {
			continue
		}
		b.names[f.Name] = true
		for _, route := range f.Routes {
			if route.Literal != "" {
				b.paths[strings.TrimSuffix(route.Literal, "/")] = true
			}
		}
	}

	return b, nil
}

// Background is which functions are run by asking them.
type Background struct{ names, paths map[string]bool }

// functionPath is where Netlify answers for a function by its name.
const functionPath = "/.netlify/functions/"

// of tells whether an address is that of a background function. By its name it
// is one wherever the name ends so.
func (b Background) of(at *url.URL) bool {
	path := strings.TrimSuffix(at.Path, "/")
	if b.paths[path] {
		return true
	}
	name, found := strings.CutPrefix(path, functionPath)
	if !found {
		name, found = strings.CutPrefix(path, "/.netlify/background-functions/")
	}
	name, _, _ = strings.Cut(name, "/")

	return found && b.name(name)
}

func (b Background) name(name string) bool {
	return b.names[name] || strings.HasSuffix(name, "-background")
}

// CheckProbes refuses probes of background functions, by what is known of them.
func CheckProbes(probes map[string]schemas.Probe, background Background) error {
	for _, name := range slices.Sorted(maps.Keys(probes)) {
		at, err := url.Parse(probes[name].URL)
		if err != nil || at.Host == "" {
			return fmt.Errorf("probes: %s: url is no address", name)
		}
		if background.name(name) || background.of(at) {
			return fmt.Errorf("probes: %s: is a background function, which asking would run; take it out of probes", name)
		}
	}

	return nil
}

func (e *Endpoints) transport() http.RoundTripper {
	if e.Transport != nil {
		return e.Transport
	}

	return &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10}
}
