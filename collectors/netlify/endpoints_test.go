package netlify

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rr/schemas"
)

// answering is a site that answers as it is told and counts what it is asked.
type answering struct {
	*httptest.Server
	status  atomic.Int64
	asked   atomic.Int64
	methods atomic.Value
	to      atomic.Value // where it sends the caller
}

func newAnswering(t *testing.T) *answering {
	t.Helper()
	a := &answering{}
	a.status.Store(200)
	a.to.Store("")
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		a.methods.Store(r.Method)
		if to := a.to.Load().(string); to != "" && r.URL.Path != "/end" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if a.status.Load() == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(int(a.status.Load()))
		_, _ = w.Write([]byte("s3cr3t-body"))
	}))
	t.Cleanup(a.Close)

	return a
}

func probe(url string) schemas.Probe {
	return schemas.Probe{URL: url, Method: "GET", Timeout: schemas.Duration(time.Second), Interval: schemas.Duration(time.Minute)}
}

func (r *rig) endpoints(probes map[string]schemas.Probe) *Endpoints {
	config := schemas.Netlify{Probes: probes}
	return NewEndpoints("shop", r.source(config), config, &Board{}, r.now)
}

func (r *rig) ask(e *Endpoints, name string) schemas.Endpoint {
	r.t.Helper()
	facts, err := e.Collect(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}

	return facts.(schemas.EndpointFacts).Endpoints[schemas.NewID("netlify", "shop", "endpoint", name, 0)]
}

func TestAnEndpointFailsAfterTwoInARow(t *testing.T) {
	t.Parallel()
	r, a := newRig(t, map[string]string{"netlify/functions/hello.mjs": hello}), newAnswering(t)
	e := r.endpoints(map[string]schemas.Probe{"hello": probe(a.URL + "/api/hello?key=s3cr3t-key")})
	e.Board.setPublished(r.at.Add(-time.Hour))
	for _, row := range []struct {
		answer   int64
		state    string
		failures int
	}{{200, "ok", 0}, {500, "suspect", 1}, {200, "ok", 0}, {500, "suspect", 1}, {502, "failing", 2}, {500, "failing", 3}, {404, "ok", 0}, {0, "suspect", 1}, {0, "failing", 2}} {
		a.status.Store(row.answer)
		got := r.ask(e, "hello")
		if got.State != row.state || got.Failures != row.failures || (row.answer == 0) != (got.Status == nil) || (row.answer == 0) != (got.Error != "") {
			t.Fatalf("after %d it is %+v, want %s, %d", row.answer, got, row.state, row.failures)
		}
		if got.URL != a.URL+"/api/hello" || got.TookMS == nil || got.DeployS == nil || strings.Contains(got.Error, "s3cr3t") {
			t.Errorf("it is %+v", got)
		}
		probes := e.Board.probes()
		if failing := row.state == "failing"; (probes.all == 1) != failing || (len(probes.wrong) == 1) != (failing && row.answer != 0) {
			t.Errorf("after %d the board holds %+v", row.answer, probes)
		}
		r.at = r.at.Add(time.Minute)
	}
}

func TestAnEndpointIsAskedAtItsOwnInterval(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t, nil), newAnswering(t), newAnswering(t)
	fast, slow := probe(a.URL), probe(b.URL)
	slow.Interval, slow.Method, slow.Status = schemas.Duration(5*time.Minute), "HEAD", 204
	e := r.endpoints(map[string]schemas.Probe{"fast": fast, "slow": slow})
	for range 10 { // each half a minute
		r.ask(e, "fast")
		r.at = r.at.Add(30 * time.Second)
	}
	if a.asked.Load() != 5 || b.asked.Load() != 1 || a.methods.Load() != "GET" || b.methods.Load() != "HEAD" {
		t.Errorf("asked %d and %d times with %s and %s, want 5 and 1 with GET and HEAD", a.asked.Load(), b.asked.Load(), a.methods.Load(), b.methods.Load())
	}
	if got := r.ask(e, "slow"); got.State != "failing" || got.Failures != 2 || *got.Status != 200 {
		t.Errorf("200 in place of 204 is %+v", got)
	}
}

func TestABackgroundFunctionIsNeverAsked(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"netlify/functions/job.mjs":         "export default async () => {}\nexport const config = { background: true, path: \"/run/job\" }\n",
		"netlify/functions/a-background.js": "exports.handler = async () => {}\n",
		"netlify/functions/hello.mjs":       hello,
	}
	for it, row := range map[string]struct{ name, path string }{
		"by what its source says":  {"job", "/elsewhere"},
		"by its own path":          {"x", "/run/job"},
		"by its path and a slash":  {"x", "/run/job/"},
		"by its place":             {"x", "/.netlify/functions/job"},
		"by its place, and deeper": {"x", "/.netlify/functions/job/deeper"},
		"by its name":              {"other-background", "/y"},
		"by the name in its path":  {"x", "/.netlify/functions/other-background?a=b"},
	} {
		t.Run(it, func(t *testing.T) {
			t.Parallel()
			r, a := newRig(t, files), newAnswering(t)
			e := r.endpoints(map[string]schemas.Probe{row.name: probe(a.URL + row.path), "hello": probe(a.URL + "/api/hello")})
			facts, err := e.Collect(t.Context())
			if err == nil || !strings.Contains(err.Error(), "probes: "+row.name+": is a background function") || a.asked.Load() != 0 {
				t.Errorf("it gives %v and %v, and %d were asked", facts, err, a.asked.Load())
			}
		})
	}
}

func TestNothingIsAskedWhereTheSourceIsNotKnown(t *testing.T) {
	t.Parallel()
	r, a := newRig(t, nil), newAnswering(t)
	e := r.endpoints(map[string]schemas.Probe{"hello": probe(a.URL)})
	e.here.Dir += "/nowhere"
	if facts, err := e.Collect(t.Context()); err == nil || a.asked.Load() != 0 {
		t.Errorf("it gives %v and %v", facts, err)
	}
}

func TestNoRedirectIsFollowedElsewhere(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t, map[string]string{"netlify/functions/job.mjs": "export default async () => {}\nexport const config = { background: true }\n"}), newAnswering(t), newAnswering(t)
	e := r.endpoints(map[string]schemas.Probe{"hello": probe(a.URL + "/begin")})
	for _, row := range []struct {
		to     string
		status int
		asked  int64
	}{{b.URL + "/end", 302, 1}, {"/end", 200, 2}, {"/.netlify/functions/job", 302, 1}} {
		a.to.Store(row.to)
		a.asked.Store(0)
		got := r.ask(e, "hello")
		if *got.Status != row.status || a.asked.Load() != row.asked || b.asked.Load() != 0 {
			t.Errorf("sent to %s it is %+v, asked %d here and %d there", row.to, got, a.asked.Load(), b.asked.Load())
		}
		r.at = r.at.Add(time.Minute)
	}
}

func TestAnEndpointThatDoesNotAnswerIsWaitedForOnlyItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-held:
		case <-req.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(held) })
	slow := probe(server.URL + "/?s3cr3t")
	slow.Timeout = schemas.Duration(50 * time.Millisecond)
	if got := r.ask(r.endpoints(map[string]schemas.Probe{"hello": slow}), "hello"); got.State != "suspect" || got.Error != "no answer in time" || got.Status != nil {
		t.Errorf("it is %+v", got)
	}
}
