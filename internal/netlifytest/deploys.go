package netlifytest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Deploy is a deploy as a test gives or looks at it.
type Deploy struct {
	ID          string
	State       string // ready when empty
	Error       string
	Title       string
	Branch      string // main when empty
	Context     string // production when empty
	Draft       bool
	Skipped     bool
	CreatedAt   time.Time         // now when zero
	UpdatedAt   time.Time         // CreatedAt when zero
	PublishedAt time.Time         // zero for one that never was
	Files       map[string]string // digests by path
	Functions   map[string]string // digests by name
	Schedules   map[string]string // cron by name
	Config      map[string]json.RawMessage
	Uploads     map[string]string // queries of functions by name
}

// deploy is a deploy with what nobody sees.
type deploy struct {
	Deploy
	site    *site
	entered time.Time // its state
	told    bool      // its content
	stuck   bool
}

// AddDeploy adds a deploy that was made before and gives its id. One that was
// published is, in the order of calls, the one that the site shows.
func (f *Fake) AddDeploy(id string, d Deploy) string {
	f.t.Helper()
	f.change(id, func(s *site) {
		d.ID = random(12)
		d.State = or(d.State, "ready")
		d.Branch, d.Context = or(d.Branch, "main"), or(d.Context, "production")
		if d.CreatedAt.IsZero() {
			d.CreatedAt = f.now()
		}
		if d.UpdatedAt.IsZero() {
			d.UpdatedAt = d.CreatedAt
		}
		made := &deploy{Deploy: d, site: s, entered: d.UpdatedAt, told: true}
		f.deploys[d.ID] = made
		if !d.PublishedAt.IsZero() {
			s.published = append(s.published, made)
		}
	})

	return d.ID
}

// Deploy is a deploy as it is now. Looking at it here does not move it on.
func (f *Fake) Deploy(id string) Deploy {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.deploys[id]
	if d == nil {
		f.t.Fatalf("no deploy %s", id)
	}

	return d.Deploy
}

// Step moves a deploy on to its next state.
func (f *Fake) Step(id string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deploys[id].step(f.now())
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}

	return value
}

// look moves a deploy on as far as time has.
func (f *Fake) look(d *deploy) {
	now := f.now()
	switch {
	case f.Manual:
	case f.Stage <= 0:
		d.step(now)
	default:
		for at := d.entered.Add(f.Stage); !at.After(now) && d.step(at); at = d.entered.Add(f.Stage) {
		}
	}
}

// step moves a deploy to its next state, if it leaves this one by itself.
func (d *deploy) step(now time.Time) bool {
	switch {
	case d.stuck:
		return false
	case d.State == "preparing" && d.waits():
		d.enter("prepared", now)
	case d.State == "preparing":
		d.enter("uploaded", now)
	case d.State == "uploaded":
		d.enter("processing", now)
		if d.stuck = d.site.stickNext; d.stuck {
			d.site.stickNext = false
		}
	case d.State == "processing" && d.site.failNext != "":
		d.Error, d.site.failNext = d.site.failNext, ""
		d.enter("error", now)
	case d.State == "processing":
		d.enter("ready", now)
		if d.Context == "production" && !d.Draft && !d.site.locked {
			d.publish(now)
		}
	default:
		return false
	}

	return true
}

func (d *deploy) enter(state string, now time.Time) {
	d.State, d.entered, d.UpdatedAt = state, now, now
}

func (d *deploy) publish(now time.Time) {
	if d.site.current() == d {
		return
	}
	d.PublishedAt, d.UpdatedAt = now, now
	d.site.published = append(d.site.published, d)
}

// required are the digests of what a deploy is to have and the API has not.
func (d *deploy) required(content map[string]string) []string {
	missing := map[string]bool{}
	for _, sum := range content {
		if !d.site.blobs[sum] {
			missing[sum] = true
		}
	}

	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(missing))))
}

func (d *deploy) waits() bool { return len(d.required(d.Files))+len(d.required(d.Functions)) > 0 }

// form is a deploy as the API answers it.
func (d *deploy) form() map[string]any {
	stamp := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	functions, schedules := []any{}, []any{}
	for _, name := range slices.Sorted(maps.Keys(d.Functions)) {
		functions = append(functions, map[string]any{"n": name, "d": d.Functions[name], "oid": random(4), "a": "123456789012", "branch": nil})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Schedules)) {
		schedules = append(schedules, map[string]any{"name": name, "cron": d.Schedules[name]})
	}
	form := map[string]any{
		"id": d.ID, "site_id": d.site.id, "build_id": nil, "state": d.State, "name": d.site.name,
		"url": "https://" + d.site.name + ".netlify.app", "ssl_url": "https://" + d.site.name + ".netlify.app",
		"admin_url":      "https://app.netlify.com/projects/" + d.site.name,
		"deploy_ssl_url": "https://" + d.ID + "--" + d.site.name + ".netlify.app",
		"error_message":  nil, "branch": d.Branch, "commit_ref": nil, "context": d.Context, "title": d.Title,
		"draft": d.Draft, "skipped": nil, "locked": nil,
		"created_at": stamp(d.CreatedAt), "updated_at": stamp(d.UpdatedAt), "published_at": stamp(d.PublishedAt),
		"available_functions": functions, "function_schedules": schedules,
		"required": []string{}, "required_functions": []string{},
	}
	if d.Error != "" {
		form["error_message"] = d.Error
	}
	if d.Skipped {
		form["skipped"] = true
	}
	if d.site.current() == d {
		form["locked"] = d.site.locked
	}
	if d.told && (d.State == "prepared" || d.State == "uploading") {
		form["required"], form["required_functions"] = d.required(d.Files), d.required(d.Functions)
	}

	return form
}

func (f *Fake) getDeploys(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) {
		q := r.URL.Query()
		var found []*deploy
		for _, d := range f.deploys {
			if d.site == s && (q.Get("state") == "" || q.Get("state") == d.State) && (q.Get("branch") == "" || q.Get("branch") == d.Branch) &&
				(q.Get("production") != "true" || d.Context == "production") {
				found = append(found, d)
			}
		}
		slices.SortFunc(found, func(a, b *deploy) int {
			if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
				return c
			}
			return compare(a.ID, b.ID)
		})
		per, page := number(q.Get("per_page"), 100), number(q.Get("page"), 1)
		forms := []any{}
		for i, d := range found {
			if i >= (page-1)*per && i < page*per {
				forms = append(forms, d.form())
			}
		}
		reply(w, 200, forms)
	})
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return min(n, 100)
	}

	return otherwise
}

func (f *Fake) getDeploy(w http.ResponseWriter, r *http.Request) {
	f.withDeploy(w, r, func(d *deploy) {
		f.look(d)
		reply(w, 200, d.form())
	})
}

func (f *Fake) postDeploy(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Draft  bool   `json:"draft"`
		Branch string `json:"branch"`
	}
	if !read(w, r, &asked) {
		return
	}
	f.withSite(w, r, func(s *site) {
		now := f.now()
		d := &deploy{site: s, entered: now, Deploy: Deploy{
			ID: random(12), State: "new", Title: r.URL.Query().Get("title"), Branch: or(asked.Branch, "main"), Context: "production",
			Draft: asked.Draft, CreatedAt: now, UpdatedAt: now, Uploads: map[string]string{},
		}}
		if asked.Branch != "" {
			d.Context = "branch-deploy"
		}
		f.deploys[d.ID] = d
		reply(w, 200, d.form())
	})
}

// restore publishes a deploy that was ready, also where the site is locked.
func (f *Fake) restore(w http.ResponseWriter, r *http.Request) {
	f.withDeploy(w, r, func(d *deploy) {
		if d.State != "ready" {
			refuse(w, 422, "Deploy is not ready")
			return
		}
		d.publish(f.now())
		reply(w, 201, d.form())
	})
}

// rollback publishes what was published before: called twice it goes back two.
func (f *Fake) rollback(w http.ResponseWriter, r *http.Request) {
	f.withSite(w, r, func(s *site) {
		if len(s.published) < 2 {
			refuse(w, 422, "There is no previous deploy")
			return
		}
		s.published = s.published[:len(s.published)-1]
		w.WriteHeader(204)
	})
}

func (f *Fake) lock(w http.ResponseWriter, r *http.Request)   { f.setLock(w, r, true) }
func (f *Fake) unlock(w http.ResponseWriter, r *http.Request) { f.setLock(w, r, false) }

func (f *Fake) setLock(w http.ResponseWriter, r *http.Request, locked bool) {
	f.withDeploy(w, r, func(d *deploy) {
		if d.site.current() != d {
			refuse(w, 422, "Deploy is not published")
			return
		}
		d.site.locked = locked
		reply(w, 200, d.form())
	})
}

func (f *Fake) cancel(w http.ResponseWriter, r *http.Request) {
	f.withDeploy(w, r, func(d *deploy) {
		if d.State == "ready" || d.State == "error" {
			refuse(w, 422, "Deploy cannot be canceled")
			return
		}
		d.Error = "Canceled build"
		d.enter("error", f.now())
		reply(w, 201, d.form())
	})
}
