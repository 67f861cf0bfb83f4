package netlify_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rr/internal/netlify"
	"rr/internal/netlifytest"
	"rr/schemas"
)

func TestUploadIsReadyWithAllThatItHas(t *testing.T) {
	r := newRig(t)
	begun := ""
	o := options
	o.Title = "rr"
	o.Begun = func(id string) error {
		begun = id
		if n := r.Writes(); n != 1 {
			t.Errorf("told the id after %d writes, want 1", n)
		}
		return nil
	}
	d, err := r.client.Upload(t.Context(), r.site, shop(t), o)
	if err != nil || d.State != netlify.StateReady || d.ID != begun || r.Published(r.site) != d.ID {
		t.Fatalf("Upload = %+v, %v; begun %s, published %s", d, err, begun, r.Published(r.site))
	}
	got := r.Deploy(d.ID)
	sum := sha1.Sum([]byte("text"))
	if got.Title != "rr" || len(got.Files) != 4 || got.Files["a b/ü+&%.txt"] != hex.EncodeToString(sum[:]) || len(got.Functions) != 2 || got.Schedules["tick"] != "*/5 * * * *" {
		t.Errorf("the deploy has %+v", got)
	}
	if got.Uploads["hello"] != "invocation_mode=stream&runtime=nodejs24.x" || got.Uploads["tick"] != "runtime=js&timeout=26" {
		t.Errorf("functions were sent with %v", got.Uploads)
	}
	var config any
	want := `{"build_data":{"runtimeAPIVersion":2},"priority":10,"routes":[{"literal":"/api/hello","methods":["GET"],"pattern":"/api/hello"}],` +
		`"traffic_rules":{"action":{"config":{"aggregate":{"keys":[{"type":"ip"}]},"rate_limit_config":{"algorithm":"sliding_window","window_limit":5,"window_size":60}},"type":"rate_limit"}}}`
	if err := json.Unmarshal(got.Config["hello"], &config); err != nil {
		t.Fatal(err)
	}
	if raw, _ := json.Marshal(config); string(raw) != want {
		t.Errorf("config of hello = %s, want %s", raw, want)
	}
	// 1 new deploy, 1 digest, 4 paths, 2 functions
	if n := r.Writes(); n != 8 {
		t.Errorf("%d writes, want 8", n)
	}
	if _, err := r.client.Upload(t.Context(), r.site, shop(t), options); err != nil || r.Writes() != 10 {
		t.Errorf("again: %v, %d writes in all, want 10: what the API has is not sent again", err, r.Writes())
	}
}

func TestUploadOfManyFilesWaitsForTheAPI(t *testing.T) {
	r := newRig(t)
	files := map[string]string{}
	for i := range 120 {
		files[fmt.Sprintf("f%d.txt", i)] = fmt.Sprint(i)
	}
	bundle, err := netlify.Collect(write(t, files), "")
	if err != nil {
		t.Fatal(err)
	}
	r.Limit = 1000
	d, err := r.client.Upload(t.Context(), r.site, bundle, options)
	if err != nil || d.State != netlify.StateReady || r.Count("PUT deploys/*/files/*") != 120 {
		t.Errorf("Upload = %s, %v; %d files sent, want 120", d.State, err, r.Count("PUT deploys/*/files/*"))
	}
}

// No more at once than it may.
func TestUploadIsBoundedInParallel(t *testing.T) {
	r := newRig(t)
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("f%d.txt", i)] = fmt.Sprint(i)
	}
	bundle, err := netlify.Collect(write(t, files), "")
	if err != nil {
		t.Fatal(err)
	}
	var now, most atomic.Int64
	r.Inject("PUT deploys/*/files/*", 0, func(_ *netlifytest.Fake, w http.ResponseWriter, q *http.Request, answer http.HandlerFunc) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
		answer(w, q)
	})
	o := options
	o.Parallel = 3
	if _, err := r.client.Upload(t.Context(), r.site, bundle, o); err != nil || most.Load() > 3 || most.Load() < 2 {
		t.Errorf("Upload: %v, %d at once, want 2 or 3", err, most.Load())
	}
}

// What may pass is tried again, five times, ever later.
func TestTransferIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault netlifytest.Fault
		times int
		kind  netlify.Kind
		waits []int // seconds
		lost  bool
	}{
		{"it goes on after the API was unavailable", netlifytest.Answer(502, "Bad Gateway"), 2, "", []int{5, 5}, false},
		{"it goes on after the connection was cut in the middle", netlifytest.CutUpload(3), 3, "", []int{5, 5, 10}, false},
		{"it goes on after the answer was lost", netlifytest.LoseAnswer(), 1, "", []int{5}, false},
		{"it waits for the limit", netlifytest.TooMany(40), 1, "", []int{40}, false},
		{"it gives up after five times", netlifytest.Answer(503, "Unavailable"), 0, netlify.Unavailable, []int{5, 5, 10, 15, 25}, true},
		{"it gives up when the limit is far away", netlifytest.TooMany(600), 0, netlify.Limited, nil, false},
		{"it does not ask again what is invalid", netlifytest.Answer(422, "Invalid"), 0, netlify.Invalid, nil, false},
		{"it does not ask again what is a bad request", netlifytest.Answer(400, "Bad"), 0, netlify.Invalid, nil, false},
		{"it does not ask again without a valid token", netlifytest.Answer(401, "Access Denied"), 0, netlify.Unauthorized, nil, false},
		{"it does not ask again without credits", netlifytest.NoCredits(), 0, netlify.Credits, nil, false},
	} {
		r := newRig(t)
		now := day
		r.client.Now = func() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return now }
		r.Fake.Now = r.client.Now
		r.client.Sleep = func(ctx context.Context, d time.Duration) error {
			r.mu.Lock()
			now = now.Add(d)
			r.mu.Unlock()
			return r.sleep(ctx, d)
		}
		bundle, err := netlify.Collect(write(t, map[string]string{"index.html": strings.Repeat("shop ", 100)}), "")
		if err != nil {
			t.Fatal(err)
		}
		r.Inject("PUT deploys/*/files/*", c.times, c.fault)
		d, err := r.client.Upload(t.Context(), r.site, bundle, options)
		r.keeps(c.name, err)
		if netlify.KindOf(err) != c.kind || errors.Is(err, schemas.ErrOutcomeUnknown) != c.lost || d.ID == "" {
			t.Errorf("%s: deploy %q, %v; want kind %q, lost %v", c.name, d.ID, err, c.kind, c.lost)
		}
		if c.kind == "" && r.Published(r.site) != d.ID {
			t.Errorf("%s: it is not published", c.name)
		}
		var want []time.Duration
		for _, s := range c.waits {
			want = append(want, time.Duration(s)*time.Second)
		}
		if got := r.waits(); !slices.Equal(got, want) {
			t.Errorf("%s: waited %v, want %v", c.name, got, want)
		}
	}
}

// The last file arrived and its answer did not; the deploy went on, and takes
// nothing any more.
func TestUploadWhoseLastAnswerWasLost(t *testing.T) {
	r := newRig(t)
	bundle, err := netlify.Collect(write(t, map[string]string{"index.html": "shop"}), "")
	if err != nil {
		t.Fatal(err)
	}
	r.Inject("PUT deploys/*/files/*", 1, netlifytest.LoseAnswer())
	r.Inject("PUT deploys/*/files/*", 0, netlifytest.Answer(422, "Deploy is uploaded"))
	d, err := r.client.Upload(t.Context(), r.site, bundle, options)
	if err != nil || r.Published(r.site) != d.ID {
		t.Errorf("Upload = %+v, %v; want it published", d, err)
	}
}

// An upload that was cut is gone on with: the same deploy, and only what it
// still requires.
func TestUploadIsGoneOnWith(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern string
		times   int // before it goes on
		fault   netlifytest.Fault
	}{
		{"it is cut at a file", "PUT deploys/*/files/index.html", 6, netlifytest.CutUpload(2)},
		{"it is cut at a function", "PUT deploys/*/functions/tick", 6, netlifytest.CutUpload(2)},
		{"it is cut before its content is told", "PUT sites/*/deploys/*", 1, netlifytest.Answer(502, "Bad Gateway")},
		{"it is cut when its content was told", "PUT sites/*/deploys/*", 1, netlifytest.LoseAnswer()},
		{"it is cut while it is looked at", "GET sites/*/deploys/*", 6, netlifytest.Answer(502, "Bad Gateway")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			bundle, id := shop(t), ""
			o := options
			o.Begun = func(begun string) error { id = begun; return nil }
			o.Parallel = 1
			r.Inject(c.pattern, c.times, c.fault)
			d, err := r.client.Upload(t.Context(), r.site, bundle, o)
			if err == nil {
				t.Fatal("Upload said nothing of the fault")
			}
			r.keeps(c.name, err)
			if d.ID != "" && d.ID != id || id == "" {
				t.Errorf("Upload = %q, begun %q", d.ID, id)
			}
			if !errors.Is(err, schemas.ErrOutcomeUnknown) {
				t.Errorf("%v is no unknown outcome", err)
			}
			r.Heal()
			sent := r.Count("PUT deploys/*")
			o = options
			o.Deploy = id
			d, err = r.client.Upload(t.Context(), r.site, bundle, o)
			if err != nil || d.ID != id || r.Published(r.site) != id {
				t.Fatalf("going on: %+v, %v; published %s, want %s", d, err, r.Published(r.site), id)
			}
			if n := r.Count("POST sites/*/deploys"); n != 1 {
				t.Errorf("%d deploys were begun, want 1", n)
			}
			if c.name == "it is cut while it is looked at" && r.Count("PUT deploys/*") != sent {
				t.Errorf("sent again what had arrived")
			}
			writes := r.Writes()
			if d, err := r.client.Upload(t.Context(), r.site, bundle, o); err != nil || d.State != netlify.StateReady || r.Writes() != writes {
				t.Errorf("going on with one that is ready: %s, %v and %d writes, want none", d.State, err, r.Writes()-writes)
			}
		})
	}
}

// A deploy that wants what is not there any more is not filled with something
// else.
func TestUploadDoesNotGoOnWithAnotherBundle(t *testing.T) {
	r := newRig(t)
	first, err := netlify.Collect(write(t, map[string]string{"index.html": "one"}), "")
	if err != nil {
		t.Fatal(err)
	}
	r.Inject("PUT deploys/*", 0, netlifytest.Answer(400, "no"))
	d, err := r.client.Upload(t.Context(), r.site, first, options)
	if err == nil || d.ID == "" {
		t.Fatalf("Upload = %+v, %v", d, err)
	}
	r.Heal()
	other, err := netlify.Collect(write(t, map[string]string{"index.html": "another"}), "")
	if err != nil {
		t.Fatal(err)
	}
	o := options
	o.Deploy = d.ID
	before := r.Writes()
	if _, err = r.client.Upload(t.Context(), r.site, other, o); netlify.KindOf(err) != netlify.Invalid || !strings.Contains(err.Error(), "begin a new deploy") || r.Writes() != before {
		t.Errorf("Upload = %v with %d writes, want invalid and none", err, r.Writes()-before)
	}
	if shop(t).Hash() == other.Hash() || shop(t).Hash() != shop(t).Hash() {
		t.Error("hashes do not tell bundles apart")
	}
}

func TestUploadKeepsWhyADeployFailed(t *testing.T) {
	r := newRig(t)
	r.FailNext(r.site, "Function hello:\nis invalid\x1b[31m "+strings.Repeat("x", 5000))
	d, err := r.client.Upload(t.Context(), r.site, shop(t), options)
	var failed *netlify.DeployError
	if !errors.As(err, &failed) || errors.Is(err, schemas.ErrOutcomeUnknown) || failed.Deploy != d.ID || failed.State != "error" || !strings.HasPrefix(failed.Text, "Function hello: is invalid") {
		t.Fatalf("Upload = %v", err)
	}
	if len(failed.Text) > netlify.MaxErrorText+len("…") || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("the text has %d bytes, and is no plain line", len(failed.Text))
	}
}

// A deploy that stays as it is, is waited for to the deadline, and no longer.
func TestUploadOfAStuckDeployEnds(t *testing.T) {
	r := newRig(t)
	r.StickNext(r.site)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	looks := 0
	r.client.Sleep = func(ctx context.Context, d time.Duration) error {
		if looks++; looks > 20 {
			<-ctx.Done()
		}
		return ctx.Err()
	}
	d, err := r.client.Upload(ctx, r.site, shop(t), options)
	if !errors.Is(err, schemas.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) || d.State != netlify.StateProcessing {
		t.Errorf("Upload = %s, %v; want an unknown outcome", d.State, err)
	}
}

// Without a deadline it ends too, and it looks no more often than it may.
func TestUploadWithoutADeadlineEnds(t *testing.T) {
	bundle := shop(t)
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		client := &netlify.Client{Base: "https://netlify.test/", Token: func() (string, error) { return "nfp_s3crettoken", nil },
			HTTP: &http.Client{Transport: answering(func(r *http.Request) string {
				looks++
				return `{"id":"d","state":"processing"}`
			})}}
		began := time.Now()
		_, err := client.Upload(context.Background(), "s", bundle, netlify.Options{})
		if !errors.Is(err, schemas.ErrOutcomeUnknown) || time.Since(began) != netlify.Longest {
			t.Errorf("Upload = %v after %s, want an unknown outcome after %s", err, time.Since(began), netlify.Longest)
		}
		if most := int(netlify.Longest/(2*time.Second)) + 5; looks > most {
			t.Errorf("asked %d times, want at most %d", looks, most)
		}
	})
}

// answering is a transport that answers 200 with a text.
type answering func(*http.Request) string

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: readCloser{strings.NewReader(a(r))}}, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// What cannot be recorded is not gone on with.
func TestUploadThatCannotBeRecordedSendsNothing(t *testing.T) {
	r := newRig(t)
	o := options
	o.Begun = func(string) error { return errors.New("disk full") }
	if _, err := r.client.Upload(t.Context(), r.site, shop(t), o); err == nil || !strings.Contains(err.Error(), "disk full") || r.Writes() != 1 {
		t.Errorf("Upload = %v with %d writes, want the error and 1", err, r.Writes())
	}
}

// A file that is another one by now is not sent, or not called sent.
func TestUploadOfAFileThatChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(path string) error
	}{
		{"longer", func(path string) error { return os.WriteFile(path, []byte("changed, longer"), 0o644) }},
		{"of the same size", func(path string) error { return os.WriteFile(path, []byte("SHOP"), 0o644) }},
		{"gone", os.Remove},
		{"a link to elsewhere", func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Symlink("/etc/hostname", path)
		}},
	} {
		r := newRig(t)
		dir := write(t, map[string]string{"index.html": "shop"})
		bundle, err := netlify.Collect(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.change(filepath.Join(dir, "index.html")); err != nil {
			t.Fatal(err)
		}
		d, err := r.client.Upload(t.Context(), r.site, bundle, options)
		if netlify.KindOf(err) != netlify.Invalid || r.Deploy(d.ID).State != "uploading" {
			t.Errorf("%s: %v, state %s; want invalid and still uploading", c.name, err, r.Deploy(d.ID).State)
		}
		if len(r.waits()) > 0 {
			t.Errorf("%s: tried again", c.name)
		}
	}
}

// An API that takes anything does not make a changed file a sent one.
func TestUploadComparesWhatItSent(t *testing.T) {
	r := newRig(t)
	dir := write(t, map[string]string{"index.html": "shop"})
	bundle, err := netlify.Collect(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("SHOP"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Inject("PUT deploys/*", 0, netlifytest.Text(200, "{}"))
	if _, err := r.client.Upload(t.Context(), r.site, bundle, options); netlify.KindOf(err) != netlify.Invalid || !strings.Contains(err.Error(), "changed") {
		t.Errorf("Upload = %v, want invalid", err)
	}
}

func TestUploadOfNothing(t *testing.T) {
	r := newRig(t)
	if _, err := r.client.Upload(t.Context(), r.site, netlify.Bundle{}, options); netlify.KindOf(err) != netlify.Invalid || len(r.Requests()) != 0 {
		t.Errorf("Upload = %v, %d requests; want invalid and none", err, len(r.Requests()))
	}
}

// The first failure ends the rest: a thousand files do not ask a dead API five
// times each.
func TestUploadEndsAtTheFirstFailure(t *testing.T) {
	r := newRig(t)
	files := map[string]string{}
	for i := range 90 {
		files[fmt.Sprintf("f%d.txt", i)] = fmt.Sprint(i)
	}
	bundle, err := netlify.Collect(write(t, files), "")
	if err != nil {
		t.Fatal(err)
	}
	r.Inject("PUT deploys/*", 0, netlifytest.Answer(401, "Access Denied"))
	if _, err := r.client.Upload(t.Context(), r.site, bundle, options); netlify.KindOf(err) != netlify.Unauthorized {
		t.Errorf("Upload = %v", err)
	}
	if n := r.Count("PUT deploys/*"); n > 8 {
		t.Errorf("sent %d, want at most 8", n)
	}
}

// A deploy of a locked site is ready, and not published.
func TestUploadToALockedSite(t *testing.T) {
	r := newRig(t)
	first := r.AddDeploy(r.site, netlifytest.Deploy{CreatedAt: day, PublishedAt: day})
	if _, err := r.client.Lock(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	d, err := r.client.Upload(t.Context(), r.site, shop(t), options)
	if err != nil || d.State != netlify.StateReady || !d.PublishedAt.IsZero() || r.Published(r.site) != first {
		t.Errorf("Upload = %+v, %v; published %s, want %s", d, err, r.Published(r.site), first)
	}
}
