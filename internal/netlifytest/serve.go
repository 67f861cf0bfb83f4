package netlifytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const prefix = "/api/v1/"

// maxKept is how much of a request's body is recorded.
const maxKept = 1 << 20

// serve records every request, lets an injected fault have it, and answers what
// is left.
func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, prefix)
	f.record(r, path)
	if fault := f.fault(r.Method + " " + path); fault != nil {
		fault(f, w, r, f.answer)
		return
	}
	f.answer(w, r)
}

// record keeps a request. Of content only that it came.
func (f *Fake) record(r *http.Request, path string) {
	kept := Request{Method: r.Method, Path: path, Query: r.URL.RawQuery, Authorization: r.Header.Get("Authorization"), ContentType: r.Header.Get("Content-Type")}
	if !strings.HasPrefix(kept.ContentType, "application/octet-stream") {
		kept.Body, _ = io.ReadAll(io.LimitReader(r.Body, maxKept))
		r.Body = io.NopCloser(bytes.NewReader(kept.Body))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, kept)
}

// answer is what the API does when nothing is wrong.
func (f *Fake) answer(w http.ResponseWriter, r *http.Request) {
	if secret, ok := strings.CutPrefix(r.URL.Path, "/build_hooks/"); ok {
		f.hook(w, r, secret)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		refuse(w, 404, "Not Found")
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+f.Token {
		if f.BadTokenIs404 && path != "user" {
			refuse(w, 404, "Site not found")
		} else {
			refuse(w, 401, "Access Denied")
		}
		return
	}
	if !f.count(w) {
		refuse(w, 429, "API rate limit exceeded")
		return
	}
	f.route(w, r, path)
}

// count counts a question into its minute and says so in the headers.
func (f *Fake) count(w http.ResponseWriter) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	limit, now := f.Limit, f.now()
	if limit == 0 {
		limit = 500
	}
	if !now.Before(f.window.Add(time.Minute)) {
		f.window, f.asked = now, 0
	}
	f.asked++
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(limit-f.asked, 0)))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(f.window.Add(time.Minute).Unix(), 10))

	return f.asked <= limit
}

// route finds what answers. State is looked at and changed by one request at a
// time; content is read before.
func (f *Fake) route(w http.ResponseWriter, r *http.Request, path string) {
	mux := http.NewServeMux()
	for pattern, handle := range f.routes() {
		mux.HandleFunc(pattern, handle)
	}
	r.URL.Path, r.URL.RawPath = "/"+path, strings.TrimPrefix(r.URL.RawPath, strings.TrimSuffix(prefix, "/"))
	if _, pattern := mux.Handler(r); pattern == "" {
		refuse(w, 404, "Not Found")
		return
	}
	mux.ServeHTTP(w, r)
}

func (f *Fake) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /user":                                   f.getUser,
		"GET /accounts":                               f.getAccounts,
		"GET /accounts/{account}/env":                 f.getEnv,
		"GET /{account}/builds/status":                f.getBuildStatus,
		"GET /sites":                                  f.getSites,
		"GET /sites/{site}":                           f.getSite,
		"GET /sites/{site}/ssl":                       f.getSSL,
		"GET /sites/{site}/functions":                 f.getFunctions,
		"GET /sites/{site}/builds":                    f.getBuilds,
		"GET /sites/{site}/deploys":                   f.getDeploys,
		"POST /sites/{site}/deploys":                  f.postDeploy,
		"GET /sites/{site}/deploys/{deploy}":          f.getDeploy,
		"PUT /sites/{site}/deploys/{deploy}":          f.putDeploy,
		"POST /sites/{site}/deploys/{deploy}/restore": f.restore,
		"PUT /sites/{site}/rollback":                  f.rollback,
		"POST /deploys/{deploy}/lock":                 f.lock,
		"POST /deploys/{deploy}/unlock":               f.unlock,
		"POST /deploys/{deploy}/cancel":               f.cancel,
		"PUT /deploys/{deploy}/files/{path...}":       f.putFile,
		"PUT /deploys/{deploy}/functions/{name}":      f.putFunction,
	}
}

// reply answers with JSON.
func reply(w http.ResponseWriter, status int, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	w.Write(raw)
}

// refuse answers with the API's shape of an error.
func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"code": status, "message": message})
}
