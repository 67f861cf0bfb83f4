package main

import (
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	actgithub "rr/actions/github"
	seegithub "rr/collectors/github"
	"rr/internal/githubapi"
	"rr/runner"
	"rr/runner/config"
	"rr/schemas"
)

// How long a turn waits for what is slower than a PM2 daemon. What comes later
// is there in the next turn.
const (
	waitFiles = time.Second
	waitAPI   = 300 * time.Millisecond
)

// githubWatches are the collectors of every repository: one of the checkout and,
// where there is access, one of the API.
func (w *wiring) githubWatches(loaded config.Loaded, use kept) ([]runner.Watch, error) {
	var watches []runner.Watch
	for _, scope := range slices.Sorted(maps.Keys(loaded.Config.GitHub)) {
		entry := loaded.Config.GitHub[scope]
		dir := loaded.Resolve(entry.Checkout)
		files := w.keep(use, fmt.Sprintf("github/%s/files %s", scope, dir), func() configured {
			return githubFiles{seegithub.NewDefinitions(scope, dir, entry, w.main.Now), scope, w}
		})
		watches = append(watches, runner.Watch{
			Name: "github/" + scope + "/checkout", Sources: []string{"github/" + scope + "/workflow"},
			Collector: files, Timeout: entry.Timeout.Of(), Wait: waitFiles, StaleAfter: entry.StaleAfter.Of(),
		})
		if !entry.Access() {
			continue
		}
		client, err := githubClient(loaded, entry)
		if err != nil {
			return nil, fmt.Errorf("github: %s: %w", scope, err)
		}
		key := fmt.Sprintf("github/%s/api %s %s %s %s", scope, dir, entry.Repo, entry.BaseURL, githubAccess(entry))
		api := w.keep(use, key, func() configured {
			return githubAPI{seegithub.NewAPI(scope, dir, entry, client, w.memory("github-"+scope+".json"), w.main.Now), scope}
		})
		watches = append(watches, runner.Watch{
			Name: "github/" + scope + "/api", Sources: []string{"github/" + scope + "/runs", "github/" + scope + "/repo"},
			Collector: api, Interval: entry.Interval.Of(), Timeout: entry.Timeout.Of(), Wait: waitAPI, StaleAfter: entry.StaleAfter.Of(),
		})
	}

	return watches, nil
}

// githubActors is who performs each verb of GitHub.
func githubActors(all actgithub.Repositories, kept backups) map[string]runner.Actor {
	var good actgithub.Backups
	if kept.loaded.Config.Backup != nil {
		good = fromBackups{kept, "github"}
	}

	return map[string]runner.Actor{
		"github.fix_file":        actgithub.FixFile{Repositories: all},
		"github.restore_file":    actgithub.RestoreFile{Repositories: all, Backups: good},
		"github.generate_backup": actgithub.GenerateBackup{Repositories: all},
		"github.enable":          actgithub.Enable{Repositories: all},
		"github.cancel":          actgithub.Cancel{Repositories: all},
		"github.rerun_failed":    actgithub.RerunFailed{Repositories: all},
		"github.rerun":           actgithub.Rerun{Repositories: all},
		"github.dispatch":        actgithub.Dispatch{Repositories: all},
		"github.dispatch_backup": actgithub.DispatchBackup{Repositories: all},
		"github.open_issue":      actgithub.OpenIssue{Repositories: all},
	}
}

// repositories gives who acts what it needs of the repository of a scope. Acts
// have clients of their own: a collector holds no value that can write.
func (w *wiring) repositories(loaded config.Loaded) actgithub.Repositories {
	clients := map[string]*githubapi.Client{}
	for scope, entry := range loaded.Config.GitHub {
		if client, err := githubClient(loaded, entry); err == nil && entry.Access() {
			clients[scope] = client
		}
	}

	return func(scope string) (actgithub.Repository, bool) {
		entry, found := loaded.Config.GitHub[scope]

		return actgithub.Repository{
			Config: entry, Dir: loaded.Resolve(entry.Checkout), Client: clients[scope],
			Replace: filepath.Join(w.state, "replaced"), Now: w.main.Now,
		}, found
	}
}

type githubFiles struct {
	*seegithub.Definitions
	scope string
	w     *wiring
}

func (f githubFiles) configure(loaded config.Loaded) {
	f.Configure(loaded.Config.GitHub[f.scope])
	f.Remember(nil)
	if loaded.Config.Backup != nil {
		f.Remember(fromBackups{f.w.backups(loaded), "github"})
	}
}

type githubAPI struct {
	*seegithub.API
	scope string
}

func (a githubAPI) configure(loaded config.Loaded) { a.Configure(loaded.Config.GitHub[a.scope]) }

// githubAccess tells ways to sign in apart, without any secret.
func githubAccess(entry schemas.GitHub) string {
	if entry.App != nil {
		return fmt.Sprintf("app %d %d %s", entry.App.ID, entry.App.Installation, entry.App.KeyFile)
	}

	return fmt.Sprintf("%s %s %t", entry.TokenEnv, entry.TokenFile, entry.GHToken)
}

// githubClient makes a client of a repository's API. It sends nothing yet.
func githubClient(loaded config.Loaded, entry schemas.GitHub) (*githubapi.Client, error) {
	return githubapi.New(githubapi.Options{BaseURL: entry.BaseURL, Auth: githubAuth(loaded, entry), Timeout: entry.Timeout.Of()})
}

func githubAuth(loaded config.Loaded, entry schemas.GitHub) githubapi.Auth {
	switch {
	case entry.App != nil:
		return &githubapi.App{ID: entry.App.ID, Installation: entry.App.Installation, KeyFile: loaded.Resolve(entry.App.KeyFile)}
	case entry.TokenFile != "":
		return githubapi.Token(githubapi.File(loaded.Resolve(entry.TokenFile)))
	case entry.GHToken:
		return &githubapi.GH{Host: githubHost(entry.BaseURL)}
	}

	return githubapi.Token(githubapi.Env(entry.TokenEnv))
}

// githubHost is the host of a GitHub Enterprise Server, empty for github.com.
func githubHost(baseURL string) string {
	at, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}

	return at.Host
}
