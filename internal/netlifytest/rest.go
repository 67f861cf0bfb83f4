package netlifytest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// withSite does something with the site of a request, alone.
func (f *Fake) withSite(w http.ResponseWriter, r *http.Request, do func(*site)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.siteOf(r.PathValue("site")); s != nil {
		do(s)
		return
	}
	refuse(w, 404, "Not Found")
}

// withDeploy does something with the deploy of a request, alone.
func (f *Fake) withDeploy(w http.ResponseWriter, r *http.Request, do func(*deploy)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.deploys[r.PathValue("deploy")]
	if d == nil || r.PathValue("site") != "" && f.siteOf(r.PathValue("site")) != d.site {
		refuse(w, 404, "Not Found")
		return
	}
	do(d)
}

func (f *Fake) getUser(w http.ResponseWriter, r *http.Request) {
	reply(w, 200, map[string]any{"id": "5f0000000000000000000001", "email": "op@example.com", "full_name": "Op"})
}

func (f *Fake) getAccounts(w http.ResponseWriter, r *http.Request) {
	reply(w, 200, []any{map[string]any{"id": "acme-id", "slug": "acme", "name": "Acme", "default": true, "type_slug": "starter", "capabilities": map[string]any{}}})
}

func (f *Fake) getSites(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	forms := []any{}
	for _, s := range f.sites {
		if strings.Contains(s.name, r.URL.Query().Get("name")) {
			forms = append(forms, s.form())
		}
	}
	reply(w, 200, forms)
}

func (f *Fake) getSite(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) { reply(w, 200, s.form()) })
}

// form is a site as the API answers it, with the values that rr must not read.
func (s *site) form() map[string]any {
	form := map[string]any{
		"id": s.id, "site_id": s.id, "name": s.name, "state": "current", "account_id": s.account + "-id", "account_slug": s.account,
		"account_name": "Acme", "ssl_url": "https://" + s.name + ".netlify.app", "url": "http://" + s.name + ".netlify.app",
		"admin_url": "https://app.netlify.com/projects/" + s.name, "updated_at": "2026-01-01T00:00:00.000Z", "plan": "nf_team_dev",
		"build_settings":   map[string]any{"repo_branch": "main", "dir": "public", "functions_dir": "", "cmd": "", "stop_builds": false, "env": maps.Clone(s.env)},
		"published_deploy": nil, "feature_flags": map[string]any{}, "capabilities": map[string]any{}, "use_envelope": true, "default_domain": s.name + ".netlify.app",
	}
	if d := s.current(); d != nil {
		form["published_deploy"] = d.form()
	}

	return form
}

func (f *Fake) getEnv(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, forms := f.siteOf(r.URL.Query().Get("site_id")), []any{}
	if s == nil || r.PathValue("account") != s.account {
		refuse(w, 404, "Not Found")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(s.env)) {
		forms = append(forms, map[string]any{
			"key": key, "scopes": []string{"builds", "functions"}, "is_secret": false,
			"values": []any{map[string]any{"id": random(4), "context": "all", "value": s.env[key]}},
		})
	}
	reply(w, 200, forms)
}

func (f *Fake) getSSL(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) {
		if s.certificate.IsZero() {
			refuse(w, 404, "Not Found")
			return
		}
		reply(w, 200, map[string]any{"state": "issued", "domains": []string{s.name + ".example.com"}, "expires_at": s.certificate.UTC().Format(time.RFC3339)})
	})
}

func (f *Fake) getFunctions(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) {
		functions := []any{}
		if d := s.current(); d != nil {
			functions = d.form()["available_functions"].([]any)
		}
		reply(w, 200, map[string]any{"functions": functions})
	})
}

func (f *Fake) getBuilds(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) {
		builds := []any{}
		for _, d := range f.deploys {
			if d.site == s && d.Title == hookTitle {
				builds = append(builds, map[string]any{"id": "b" + d.ID, "deploy_id": d.ID, "sha": nil, "done": d.State == "ready" || d.State == "error", "error": nil, "created_at": d.CreatedAt})
			}
		}
		reply(w, 200, builds)
	})
}

func (f *Fake) getBuildStatus(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("account") != "acme" && r.PathValue("account") != "acme-id" {
		refuse(w, 404, "Not Found")
		return
	}
	reply(w, 200, []any{map[string]any{"active": 1, "enqueued": 2, "pending_concurrency": 0, "build_count": 40, "minutes": map[string]any{"current": 120, "included_minutes": 300, "last_updated_at": "2026-01-01T00:00:00Z"}}})
}

// hookTitle is the title of a deploy that a build hook began.
const hookTitle = "Deploy triggered by hook"

// hook begins a build, which ends in a deploy. It wants no token.
func (f *Fake) hook(w http.ResponseWriter, r *http.Request, secret string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.hooks[secret]
	if s == nil || r.Method != http.MethodPost {
		refuse(w, 404, "Not Found")
		return
	}
	now := f.now()
	d := &deploy{site: s, entered: now, told: true, Deploy: Deploy{ID: random(12), State: "uploaded", Title: hookTitle, Branch: "main", Context: "production", CreatedAt: now, UpdatedAt: now}}
	f.deploys[d.ID] = d
	w.WriteHeader(200)
}
