package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	actnetlify "rr/actions/netlify"
	seenetlify "rr/collectors/netlify"
	"rr/internal/netlify"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// netlifyWatches are the collectors of every site: one of its source, one of the
// API where there is access, and one of the configured probes.
func (w *wiring) netlifyWatches(loaded config.Loaded, use kept) ([]runner.Watch, error) {
	var watches []runner.Watch
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.Netlify)) {
		entry := loaded.Config.Netlify[scope]
		if err := checkNetlify(scope, entry); err != nil {
			return nil, err
		}
		dir := loaded.Resolve(entry.Dir)
		source := w.keep(use, fmt.Sprintf("netlify/%s/source %s", scope, dir), func() configured {
			s := seenetlify.NewSource(scope, dir, entry, w.main.Now)
			s.Ignore = w.ignored()

			return netlifySource{s, scope, w}
		}).(netlifySource)
		watches = append(watches, runner.Watch{
			Name: "netlify/" + scope + "/source", Sources: []string{"netlify/" + scope + "/function", "netlify/" + scope + "/manifest"},
			Collector: source, Timeout: entry.Timeout.Of(), Wait: waitFiles, StaleAfter: entry.StaleAfter.Of(),
		})
		if entry.Access() {
			watches = append(watches, w.siteWatch(loaded, use, scope, dir, source.Source))
		}
		if len(entry.Probes) > 0 {
			watches = append(watches, w.endpointWatch(use, scope, dir, entry, source.Source))
		}
	}

	return watches, nil
}

// siteWatch is the collector of what the API tells of a site.
func (w *wiring) siteWatch(loaded config.Loaded, use kept, scope, dir string, source *seenetlify.Source) runner.Watch {
	entry := loaded.Config.Netlify[scope]
	key := fmt.Sprintf("netlify/%s/site %s %s %s %s %s", scope, dir, entry.Site, entry.BaseURL, entry.TokenEnv, entry.TokenFile)
	refused := func() time.Time { return actnetlify.CreditsRefused(w.memory(netlifyMemory(scope))) }
	site := w.keep(use, key, func() configured {
		return netlifySite{seenetlify.NewSite(scope, source, entry, w.netlifyClient(loaded, entry), w.board(scope), refused, w.main.Now), scope}
	})

	return runner.Watch{
		Name: "netlify/" + scope + "/site", Sources: []string{"netlify/" + scope + "/site"},
		Collector: site, Interval: entry.Interval.Of(), Timeout: entry.Timeout.Of(), Wait: waitAPI, StaleAfter: entry.StaleAfter.Of(),
	}
}

// endpointWatch is the collector of what the configured probes find. It is asked
// in every turn, since each probe has an interval of its own.
func (w *wiring) endpointWatch(use kept, scope, dir string, entry schemas.Netlify, source *seenetlify.Source) runner.Watch {
	endpoints := w.keep(use, fmt.Sprintf("netlify/%s/endpoints %s", scope, dir), func() configured {
		return netlifyEndpoints{seenetlify.NewEndpoints(scope, source, entry, w.board(scope), w.main.Now), scope}
	})
	timeout, stale := entry.Timeout.Of(), entry.StaleAfter.Of()
	for _, probe := range entry.Probes {
		timeout = max(timeout, 2*probe.Timeout.Of())
	}

	return runner.Watch{
		Name: "netlify/" + scope + "/endpoints", Sources: []string{"netlify/" + scope + "/endpoint"},
		Collector: endpoints, Timeout: timeout, Wait: waitAPI, StaleAfter: stale,
	}
}

// netlifyActors is who performs each verb of Netlify.
func netlifyActors(all actnetlify.Sites, kept backups) map[string]runner.Actor {
	var good actnetlify.Backups
	if kept.loaded.Config.Backup != nil {
		good = fromBackups{kept, "netlify"}
	}

	return map[string]runner.Actor{
		"netlify.manifest":       actnetlify.Manifest{Sites: all},
		"netlify.build":          actnetlify.Build{Sites: all},
		"netlify.restore_deploy": actnetlify.RestoreDeploy{Sites: all},
		"netlify.deploy":         actnetlify.Deploy{Sites: all},
		"netlify.trigger_build":  actnetlify.TriggerBuild{Sites: all},
		"netlify.restore_source": actnetlify.RestoreSource{Sites: all, Backups: good},
		"netlify.unlock":         actnetlify.Unlock{Sites: all},
	}
}

// sites gives who acts what it needs of the site of a scope. Acts have clients
// of their own: a collector holds no value that can write.
func (w *wiring) sites(loaded config.Loaded) actnetlify.Sites {
	clients, works := map[string]*netlify.Client{}, map[string]*actnetlify.Work{}
	for scope, entry := range loaded.Config.Netlify {
		works[scope] = &actnetlify.Work{}
		if entry.Access() {
			clients[scope] = w.netlifyClient(loaded, entry)
		}
	}

	return func(scope string) (actnetlify.Site, bool) {
		entry, found := loaded.Config.Netlify[scope]
		site := actnetlify.Site{
			Scope: scope, Config: entry, Dir: loaded.Resolve(entry.Dir), Client: clients[scope], Getenv: w.main.Getenv,
			Replace: filepath.Join(w.state, "replaced"), Memory: w.memory(netlifyMemory(scope)), Work: works[scope], Now: w.main.Now,
		}
		if entry.Access() {
			site.Token = w.secret(loaded, entry.TokenEnv, entry.TokenFile)
		}
		if entry.HookEnv != "" || entry.HookFile != "" {
			site.Hook = w.secret(loaded, entry.HookEnv, entry.HookFile)
		}

		return site, found
	}
}

// checkNetlify refuses what would run something by looking at it.
func checkNetlify(scope string, entry schemas.Netlify) error {
	if err := seenetlify.CheckProbes(entry.Probes, seenetlify.Background{}); err != nil {
		return usage(fmt.Errorf("netlify: %s: %w", scope, err))
	}

	return nil
}

// netlifyWatched says what is watched of a site, as `rr check` tells it.
func netlifyWatched(loaded config.Loaded, scope string) string {
	entry := loaded.Config.Netlify[scope]
	text := "netlify/" + scope + " at " + loaded.Resolve(entry.Dir)
	if entry.Access() {
		text += ", site " + entry.Site
	}
	if n := len(entry.Probes); n > 0 {
		text += ", " + plural(n, "probe", "probes")
	}

	return text
}

func (w *wiring) netlifyClient(loaded config.Loaded, entry schemas.Netlify) *netlify.Client {
	return &netlify.Client{Base: entry.BaseURL, Token: w.secret(loaded, entry.TokenEnv, entry.TokenFile), Timeout: entry.Timeout.Of(), Now: w.main.Now}
}

// board is where the collectors of one scope tell each other what they saw. It
// outlives each of them.
func (w *wiring) board(scope string) *seenetlify.Board {
	w.boarding.Lock()
	defer w.boarding.Unlock()
	if w.boards[scope] == nil {
		w.boards[scope] = &seenetlify.Board{}
	}

	return w.boards[scope]
}

// ignored is the state directory, as a walk of a folder above it meets it.
func (w *wiring) ignored() string {
	at, err := filepath.Abs(w.state)
	if err == nil {
		if real, err := filepath.EvalSymlinks(filepath.Dir(at)); err == nil {
			return filepath.Join(real, filepath.Base(at))
		}
	}

	return at
}

// netlifyMemory is the file in which acts remember what they began.
func netlifyMemory(scope string) string { return "netlify-" + scope + ".json" }

// longestSecret is the longest file that is taken for a secret, in bytes.
const longestSecret = 64 << 10

// secret reads a secret each time that it is needed, so that a renewed one is
// used: from a file where one is named, else from a variable.
func (w *wiring) secret(loaded config.Loaded, env, file string) func() (string, error) {
	if file == "" {
		return func() (string, error) {
			if text := strings.TrimSpace(w.main.Getenv(env)); text != "" {
				return text, nil
			}
			return "", fmt.Errorf("$%s is not set", env)
		}
	}
	path := loaded.Resolve(file)

	return func() (string, error) {
		opened, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer opened.Close()
		if info, err := opened.Stat(); err != nil || !info.Mode().IsRegular() {
			return "", fmt.Errorf("%s is no plain file", path)
		}
		text, err := io.ReadAll(io.LimitReader(opened, longestSecret+1))
		switch {
		case err != nil:
			return "", err
		case len(text) > longestSecret:
			return "", fmt.Errorf("%s is too long for a secret", path)
		case strings.TrimSpace(string(text)) == "":
			return "", errors.New(path + " is empty")
		}

		return strings.TrimSpace(string(text)), nil
	}
}

type netlifySource struct {
	*seenetlify.Source
	scope string
	w     *wiring
}

func (s netlifySource) configure(loaded config.Loaded) {
	s.Configure(loaded.Config.Netlify[s.scope])
	s.Remember(nil)
	if loaded.Config.Backup != nil {
		s.Remember(fromBackups{s.w.backups(loaded), "netlify"})
	}
}

type netlifySite struct {
	*seenetlify.Site
	scope string
}

func (s netlifySite) configure(loaded config.Loaded) { s.Configure(loaded.Config.Netlify[s.scope]) }

type netlifyEndpoints struct {
	*seenetlify.Endpoints
	scope string
}

func (e netlifyEndpoints) configure(loaded config.Loaded) {
	e.Configure(loaded.Config.Netlify[e.scope])
}
