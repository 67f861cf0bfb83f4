package netlify_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
)

// rig is a fake API with one site, a client of it, and a client's sleep that
// takes no time and is kept.
type rig struct {
	*netlifytest.Fake
	t      *testing.T
	site   string
	client *netlify.Client

	mu    sync.Mutex
	slept []time.Duration
}

func newRig(t *testing.T) *rig {
	t.Helper()
	f := netlifytest.Start(t)
	r := &rig{Fake: f, t: t, site: f.AddSite("shop-acme")}
	r.client = &netlify.Client{Base: f.Base, Token: func() (string, error) { return f.Token, nil }, Timeout: 5 * time.Second, Sleep: r.sleep}

	return r
}

func (r *rig) sleep(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	r.slept = append(r.slept, d)
	r.mu.Unlock()

	return ctx.Err()
}

// waits are the sleeps that are longer than those between two looks.
func (r *rig) waits() (long []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.slept {
		if d > poll {
			long = append(long, d)
		}
	}

	return long
}

// keeps fails when an error holds what it must not.
func (r *rig) keeps(what string, err error) {
	r.t.Helper()
	if err == nil {
		return
	}
	for _, secret := range r.Secrets() {
		if strings.Contains(err.Error(), secret) {
			r.t.Errorf("%s: the error holds a secret: %v", what, err)
		}
	}
}

const poll = time.Second

// options are those of every upload here.
var options = netlify.Options{Poll: poll}

// write writes files below a new folder and gives it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

// manifest is that of two functions, whose zips are
// NAME.zip.
const manifest = `{"version":1,"timestamp":1,"functions":[
{"name":"hello","path":"/elsewhere/hello.zip","mainFile":"/elsewhere/hello.mjs","runtime":"js","runtimeVersion":"nodejs24.x","invocationMode":"stream","buildData":{"runtimeAPIVersion":2},
 "routes":[{"pattern":"/api/hello","literal":"/api/hello","methods":["GET"]}],"priority":10,
 "trafficRules":{"action":{"type":"rate_limit","config":{"rateLimitConfig":{"windowLimit":5,"windowSize":60,"algorithm":"sliding_window"},"aggregate":{"keys":[{"type":"ip"}]}}}}},
{"name":"tick","path":"/elsewhere/tick.zip","mainFile":"/elsewhere/tick.js","runtime":"js","schedule":"*/5 * * * *","timeout":26,"buildData":{"runtimeAPIVersion":1}}]}`

// shop is a bundle of four files, two of one content, and two functions.
func shop(t *testing.T) netlify.Bundle {
	t.Helper()
	public := write(t, map[string]string{"index.html": "<h1>shop</h1>", "copy.html": "<h1>shop</h1>", "empty.txt": "", "a b/ü+&%.txt": "text"})
	functions := write(t, map[string]string{"manifest.json": manifest, "hello.zip": "PK hello", "tick.zip": "PK tick", "stale.zip": "PK stale"})
	bundle, err := netlify.Collect(public, functions)
	if err != nil {
		t.Fatal(err)
	}

	return bundle
}
