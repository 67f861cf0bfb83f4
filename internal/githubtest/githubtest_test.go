package githubtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/githubtest"
)

const file = ".github/workflows/ci.yml"

// desk is a plain client before a server: what is held here is held without a
// line of rr's own client.
type desk struct {
	t      *testing.T
	server *githubtest.Server
	now    time.Time
	token  string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), token: "one"}
	d.server = githubtest.Start(t, githubtest.Options{Now: func() time.Time { return d.now }})
	d.server.Change(func(w *githubtest.World) {
		w.AddToken("one")
		w.AddToken("two")
		w.AddRepo("acme", "web").Commit("main", "add ci", map[string]string{file: "name: ci\non: [push, workflow_dispatch]\n", "a/b/c.txt": "deep"})
	})

	return d
}

type answer struct {
	*http.Response
	text string
}

func (d *desk) ask(method, path, body string, headers ...string) answer {
	d.t.Helper()
	request, err := http.NewRequest(method, d.server.URL+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if d.token != "" {
		request.Header.Set("Authorization", "Bearer "+d.token)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return answer{&http.Response{Header: http.Header{}}, err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{response, err.Error()}
	}

	return answer{response, string(text)}
}

func (d *desk) want(a answer, status int, parts ...string) {
	d.t.Helper()
	if a.StatusCode != status {
		d.t.Errorf("status %d, want %d: %.300s", a.StatusCode, status, a.text)
	}
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			d.t.Errorf("%.300s, want %q in it", a.text, part)
		}
	}
}

func TestETagsDependOnWhoAsksAndCostNothing(t *testing.T) {
	d := newDesk(t)
	const path = "/repos/acme/web/actions/workflows"
	first := d.ask("GET", path, "")
	d.want(first, 200)
	tag := first.Header.Get("Etag")
	second := d.ask("GET", path, "", "If-None-Match: "+tag)
	d.want(second, 304)
	if second.text != "" || second.Header.Get("X-Ratelimit-Remaining") != "4999" || d.server.Counted() != 1 {
		t.Errorf("304 with %q, %v, %d counted", second.text, second.Header, d.server.Counted())
	}
	d.want(d.ask("GET", path, "", `If-None-Match: "other", `+strings.TrimPrefix(tag, "W/")), 304)
	d.token = "two"
	d.want(d.ask("GET", path, "", "If-None-Match: "+tag), 200)
	d.token = "one"
	d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Workflows[0].State = "disabled_manually" })
	d.want(d.ask("GET", path, "", "If-None-Match: "+tag), 200, "disabled_manually")
	if got := d.ask("POST", "/repos/acme/web/issues", `{"title":"x"}`).Header.Get("Etag"); got != "" {
		t.Errorf("a POST has the ETag %s", got)
	}
}

func TestTheHourIsCountedByToken(t *testing.T) {
	d := newDesk(t)
	d.server.Change(func(w *githubtest.World) { w.Tokens["one"].Limit = 2 })
	d.want(d.ask("GET", "/repos/acme/web", ""), 200)
	d.want(d.ask("GET", "/repos/acme/none", ""), 404)
	refused := d.ask("GET", "/repos/acme/web", "")
	d.want(refused, 403, "rate limit exceeded")
	if refused.Header.Get("X-Ratelimit-Remaining") != "0" || refused.Header.Get("X-Ratelimit-Reset") != fmt.Sprint(d.now.Add(time.Hour).Unix()) {
		t.Errorf("headers %v", refused.Header)
	}
	d.want(d.ask("GET", "/rate_limit", ""), 200, `"remaining":0`)
	d.want(d.ask("GET", "/search/issues?q=x", ""), 200)
	d.token = "two"
	d.want(d.ask("GET", "/repos/acme/web", ""), 200)
	d.token, d.now = "one", d.now.Add(time.Hour)
	d.want(d.ask("GET", "/repos/acme/web", ""), 200)
	d.token = ""
	if got := d.ask("GET", "/repos/acme/web", "").Header.Get("X-Ratelimit-Limit"); got != "60" {
		t.Errorf("limit %s without a token, want 60", got)
	}
}

func TestWhoMayNotIsTold(t *testing.T) {
	d := newDesk(t)
	put := fmt.Sprintf(`{"message":"m","content":%q}`, base64.StdEncoding.EncodeToString([]byte("x")))
	set := func(change func(*githubtest.Token)) {
		d.server.Change(func(w *githubtest.World) { change(w.Tokens["one"]) })
	}
	d.token = "three"
	d.want(d.ask("GET", "/repos/acme/web", ""), 401, "Bad credentials")
	d.token = ""
	d.want(d.ask("POST", "/repos/acme/web/issues", `{"title":"x"}`), 401)
	d.token = "one"
	set(func(k *githubtest.Token) { k.Scopes = []string{"repo"} })
	d.want(d.ask("PUT", "/repos/acme/web/contents/.github/workflows/x.yml", put), 404)
	set(func(k *githubtest.Token) { k.Admin = false })
	d.want(d.ask("GET", "/repos/acme/web/actions/secrets", ""), 403, "admin rights")
	set(func(k *githubtest.Token) { k.Scopes = []string{} })
	d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Private = true })
	d.want(d.ask("GET", "/repos/acme/web", ""), 404)
	set(func(k *githubtest.Token) { k.Scopes, k.Permissions = nil, map[string]string{"contents": "write"} })
	refused := d.ask("GET", "/repos/acme/web/actions/runs", "")
	d.want(refused, 403, "not accessible")
	if refused.Header.Get("X-Accepted-Github-Permissions") != "actions=read" {
		t.Errorf("headers %v", refused.Header)
	}
	d.want(d.ask("PUT", "/repos/acme/web/contents/.github/workflows/x.yml", put), 403)
	d.want(d.ask("PUT", "/repos/acme/web/contents/x", put), 201)
	set(func(k *githubtest.Token) { k.ExpiresAt = d.now })
	d.want(d.ask("GET", "/repos/acme/web", ""), 401)
}

func TestRunsAreFilteredAndPaged(t *testing.T) {
	d := newDesk(t)
	d.server.Change(func(w *githubtest.World) {
		r := w.Repos["acme/web"]
		r.AddRun("ci.yml", "push", "success")
		d.now = d.now.Add(24 * time.Hour)
		other := r.AddRun("ci.yml", "schedule", "failure")
		other.Branch, other.SHA, other.PullNumber = "dev", "abc", 7
		r.AddRun("ci.yml", "push", "")
	})
	for query, want := range map[string]int{
		"": 3, "status=success": 1, "status=completed": 2, "status=queued": 1, "event=schedule": 1, "branch=dev": 1, "head_sha=abc": 1, "head_sha=abd": 0,
		"created=2026-03-01": 1, "created=>2026-03-01": 2, "created=>=2026-03-01": 3, "created=<2026-03-02": 1, "created=2026-03-01..2026-03-02": 3, "created=*..2026-03-01": 1,
		"created=2026-03-02T12:00:00Z..*": 2, "status=failure&event=push": 0,
	} {
		a := d.ask("GET", "/repos/acme/web/actions/runs?"+query, "")
		d.want(a, 200, fmt.Sprintf(`"total_count":%d,`, want))
	}
	d.want(d.ask("GET", "/repos/acme/web/actions/runs?created=soon", ""), 422)
	if a := d.ask("GET", "/repos/acme/web/actions/runs?exclude_pull_requests=true", ""); strings.Contains(a.text, `"number":7`) {
		t.Errorf("pull requests are shown: %s", a.text)
	}
	d.want(d.ask("GET", "/repos/acme/web/actions/runs?branch=dev", ""), 200, `"number":7`)
	a := d.ask("GET", "/api/v3/repos/acme/web/actions/runs?per_page=1&page=2", "")
	d.want(a, 200, `"run_number":2`)
	if link := a.Header.Get("Link"); !strings.Contains(link, `/api/v3/repos/acme/web/actions/runs?page=3&per_page=1>; rel="next"`) || !strings.Contains(link, `page=1&per_page=1>; rel="prev"`) {
		t.Errorf("Link %s", link)
	}
	if link := d.ask("GET", "/repos/acme/web/actions/runs?per_page=1&page=3", "").Header.Get("Link"); strings.Contains(link, "next") {
		t.Errorf("Link of the last page: %s", link)
	}
	d.want(d.ask("GET", "/repos/acme/web/actions/runs?per_page=1&page=4", ""), 200, `"workflow_runs":[]`)
}

func TestARerunKeepsItsRunAndCountsItsJobs(t *testing.T) {
	d := newDesk(t)
	var run string
	var r *githubtest.Repo
	d.server.Change(func(w *githubtest.World) {
		r = w.Repos["acme/web"]
		x := r.AddRun("ci.yml", "push", "failure")
		r.AddJob(x, "good", "success")
		r.AddJob(x, "bad", "failure")
		run = fmt.Sprintf("/repos/acme/web/actions/runs/%d", x.ID)
	})
	a := d.ask("POST", run+"/rerun-failed-jobs", "")
	d.want(a, 201)
	if strings.TrimSpace(a.text) != "{}" {
		t.Errorf("body %q, want an empty object", a.text)
	}
	d.want(d.ask("GET", run, ""), 200, `"run_attempt":2`, `"status":"queued"`)
	d.want(d.ask("GET", run+"/attempts/1", ""), 200, `"conclusion":"failure"`)
	var jobs struct {
		Jobs []struct {
			Name    string
			Attempt int `json:"run_attempt"`
			Status  string
		}
	}
	if err := json.Unmarshal([]byte(d.ask("GET", run+"/jobs", "").text), &jobs); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(jobs.Jobs); got != "[{good 1 completed} {bad 2 queued}]" {
		t.Errorf("jobs %s, want the good one carried over", got)
	}
	d.want(d.ask("GET", run+"/jobs?filter=all", ""), 200, `"total_count":4`)
	d.want(d.ask("POST", run+"/rerun", ""), 403, "already running")
	d.want(d.ask("POST", run+"/cancel", ""), 202)
	d.want(d.ask("POST", run+"/cancel", ""), 409)
	d.want(d.ask("POST", run+"/force-cancel", ""), 409)
	d.now = d.now.Add(31 * 24 * time.Hour)
	d.want(d.ask("POST", run+"/rerun", ""), 403, "over a month ago")
	d.server.Change(func(*githubtest.World) {
		r.Runs[0].CreatedAt = d.now
		for range 49 {
			r.Runs[0].Attempts = append(r.Runs[0].Attempts, &githubtest.Attempt{Status: "completed", Conclusion: "failure"})
		}
	})
	d.want(d.ask("POST", run+"/rerun", ""), 403, "maximum number")
	d.want(d.ask("POST", "/repos/acme/web/actions/runs/1/rerun", ""), 404)
}

func TestACancelMayDoNothing(t *testing.T) {
	d := newDesk(t)
	var x *githubtest.Run
	d.server.Change(func(w *githubtest.World) {
		x = w.Repos["acme/web"].AddRun("ci.yml", "push", "")
		x.Stubborn = true
	})
	run := fmt.Sprintf("/repos/acme/web/actions/runs/%d", x.ID)
	d.want(d.ask("POST", run+"/cancel", ""), 202)
	d.want(d.ask("GET", run, ""), 200, `"status":"queued"`)
	d.server.Change(func(*githubtest.World) { x.Forced = true })
	d.want(d.ask("POST", run+"/force-cancel", ""), 409)
	d.server.Change(func(*githubtest.World) { x.Forced = false })
	d.want(d.ask("POST", run+"/force-cancel", ""), 202)
	d.want(d.ask("GET", run, ""), 200, `"conclusion":"cancelled"`)
}

func TestDispatchIsRefusedForItsReasons(t *testing.T) {
	d := newDesk(t)
	const path = "/repos/acme/web/actions/workflows/ci.yml/dispatches"
	d.want(d.ask("POST", path, `{"ref":"main","return_run_details":true}`), 200, "workflow_run_id")
	d.want(d.ask("POST", path, `{"ref":"main"}`), 204)
	d.want(d.ask("POST", path, `{"ref":"none"}`), 422, "No ref found")
	d.want(d.ask("POST", path, `{"ref":"main","inputs":{"x":"y"}}`), 422, "Unexpected inputs")
	d.want(d.ask("PUT", "/repos/acme/web/actions/workflows/ci.yml/disable", ""), 204)
	d.want(d.ask("POST", path, `{"ref":"main"}`), 422, "disabled")
	d.want(d.ask("PUT", "/repos/acme/web/actions/workflows/ci.yml/enable", ""), 204)
	for _, on := range []string{"on: push\n", "on: [push]\n", "on: {push: {}}\n", "true: workflow_dispatch\n", "\t:", ""} {
		d.server.Change(func(w *githubtest.World) {
			w.Repos["acme/web"].Commit("main", "change", map[string]string{file: "name: ci\n" + on})
		})
		d.want(d.ask("POST", path, `{"ref":"main"}`), 422, "trigger")
	}
	d.want(d.ask("POST", "/repos/acme/web/actions/workflows/none.yml/dispatches", `{"ref":"main"}`), 404)
}

func TestContentsWantTheShaOfWhatTheyReplace(t *testing.T) {
	d := newDesk(t)
	put := func(path, sha, branch string) answer {
		body, _ := json.Marshal(map[string]string{"message": "m", "content": base64.StdEncoding.EncodeToString([]byte("new")), "sha": sha, "branch": branch})
		return d.ask("PUT", "/repos/acme/web/contents/"+path, string(body))
	}
	d.want(d.ask("GET", "/repos/acme/web/contents/a/b/c.txt", ""), 200, githubtest.BlobSHA("deep"), `"encoding":"base64"`)
	d.want(d.ask("GET", "/repos/acme/web/contents/a/b/c.txt", "", "Accept: application/vnd.github.raw+json"), 200, "deep")
	d.want(d.ask("GET", "/repos/acme/web/contents/a", ""), 200, `"path":"a/b"`, `"type":"dir"`)
	d.want(d.ask("GET", "/repos/acme/web/contents/a/b/c.txt?ref=none", ""), 404)
	d.want(put("a/b/c.txt", "", ""), 422, "wasn't supplied")
	d.want(put("a/b/c.txt", githubtest.BlobSHA("old"), ""), 409, "does not match")
	d.want(put("a/b/c.txt", githubtest.BlobSHA("deep"), ""), 200, githubtest.BlobSHA("new"))
	d.want(put("a/b/d.txt", "", ""), 201)
	d.want(put("a/b/d.txt", "", "none"), 404)
	d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Protected["main"] = true })
	d.want(put("e.txt", "", ""), 409, "pull request")
	if got := githubtest.BlobSHA("hello\n"); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("BlobSHA = %s, want what git hash-object says", got)
	}
	d.want(d.ask("GET", "/repos/acme/web/commits?path=a/b/c.txt", ""), 200, `"message":"m"`)
	d.want(d.ask("GET", "/repos/acme/web/commits?path=README.md", ""), 200, `"message":"begin"`)
}

func TestBranchesPullsAndIssues(t *testing.T) {
	d := newDesk(t)
	var sha string
	d.server.Change(func(w *githubtest.World) { sha = w.Repos["acme/web"].Branches["main"] })
	ref := fmt.Sprintf(`{"ref":"refs/heads/fix/a","sha":%q}`, sha)
	pull := `{"title":"t","head":"fix/a","base":"main"}`
	d.want(d.ask("POST", "/repos/acme/web/pulls", pull), 422, `"field":"head"`)
	d.want(d.ask("POST", "/repos/acme/web/git/refs", ref), 201)
	d.want(d.ask("POST", "/repos/acme/web/git/refs", ref), 422, "already exists")
	d.want(d.ask("POST", "/repos/acme/web/git/refs", `{"ref":"refs/heads/b","sha":"beef"}`), 422, "does not exist")
	d.want(d.ask("POST", "/repos/acme/web/pulls", pull), 422, "No commits between")
	d.server.Change(func(w *githubtest.World) {
		w.Repos["acme/web"].Commit("fix/a", "mend", map[string]string{"x": "y"})
	})
	d.want(d.ask("POST", "/repos/acme/web/pulls", pull), 201, `"number":1`)
	d.want(d.ask("POST", "/repos/acme/web/pulls", pull), 422, "already exists")
	d.want(d.ask("GET", "/repos/acme/web/pulls?head=acme:fix/a", ""), 200, `"number":1`)
	d.want(d.ask("PATCH", "/repos/acme/web/git/refs/heads/fix/a", fmt.Sprintf(`{"sha":%q}`, sha)), 422, "fast forward")
	d.want(d.ask("POST", "/repos/acme/web/issues", `{"title":"ci fails","labels":["rr"]}`), 201, `"number":2`)
	d.want(d.ask("GET", "/repos/acme/web/issues", ""), 200, `"number":2`, `"pull_request"`)
	d.want(d.ask("GET", "/search/issues?q=repo:acme/web+is:open+label:rr+fails", ""), 200, `"total_count":1`)
	d.want(d.ask("GET", "/search/issues?q=repo:acme/web+is:closed", ""), 200, `"total_count":0`)
	d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].NoIssues = true })
	d.want(d.ask("POST", "/repos/acme/web/issues", `{"title":"x"}`), 410)
}

func TestLogsAreElsewhereAndNeedTheirSecret(t *testing.T) {
	d := newDesk(t)
	var path string
	d.server.Change(func(w *githubtest.World) {
		r := w.Repos["acme/web"]
		j := r.AddJob(r.AddRun("ci.yml", "push", "failure"), "test", "failure")
		j.Log = "the log"
		path = fmt.Sprintf("/repos/acme/web/actions/jobs/%d/logs", j.ID)
	})
	a := d.ask("GET", path, "")
	d.want(a, 302)
	location := a.Header.Get("Location")
	if !strings.HasPrefix(location, d.server.ForeignURL+"/") {
		t.Fatalf("Location %s, want another host", location)
	}
	response, err := http.Get(location)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); string(text) != "the log" || len(d.server.Foreign()) != 1 {
		t.Errorf("log %q", text)
	}
	wrong, err := http.Get(d.server.ForeignURL + "/log?sig=guess")
	if err != nil {
		t.Fatal(err)
	}
	wrong.Body.Close()
	if wrong.StatusCode != 403 {
		t.Errorf("status %d with a guessed secret", wrong.StatusCode)
	}
}

func TestFaultsMeetWhatTheyAreFor(t *testing.T) {
	d := newDesk(t)
	d.server.FailSome("GET /repos/*/web/actions/**", githubtest.ServerError(502), 1, 2)
	var got []int
	for range 4 {
		got = append(got, d.ask("GET", "/repos/acme/web/actions/workflows", "").StatusCode)
	}
	if fmt.Sprint(got) != "[200 502 502 200]" {
		t.Errorf("statuses %v", got)
	}
	d.want(d.ask("GET", "/repos/acme/web", ""), 200)
	d.server.Fail("* /repos/acme/web/actions/workflows/ci.yml/enable", githubtest.Fault{Drop: true})
	d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Workflows[0].State = "disabled_inactivity" })
	if a := d.ask("PUT", "/repos/acme/web/actions/workflows/ci.yml/enable", ""); a.StatusCode != 0 {
		t.Errorf("an answer came: %s", a.text)
	}
	d.want(d.ask("GET", "/repos/acme/web/actions/workflows/ci.yml", ""), 200, `"active"`)
	writes := d.server.Writes()
	if len(writes) != 1 || writes[0].Status != 0 || writes[0].Method != "PUT" {
		t.Errorf("writes %+v", writes)
	}
	d.server.Heal()
	d.server.Forget()
	d.server.Fail("GET /repos/acme/web", githubtest.Fault{Cut: true})
	if a := d.ask("GET", "/repos/acme/web", ""); !strings.Contains(a.text, "unexpected EOF") {
		t.Errorf("text %.80s, want it cut", a.text)
	}
	if len(d.server.Requests()) != 1 {
		t.Errorf("%d requests after Forget", len(d.server.Requests()))
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	d := newDesk(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 10 {
				d.ask("POST", "/repos/acme/web/issues", fmt.Sprintf(`{"title":"%d"}`, n))
				d.ask("GET", "/repos/acme/web/issues", "")
				d.server.Change(func(w *githubtest.World) { w.Repos["acme/web"].Archived = false })
				d.server.Requests()
			}
		})
	}
	wg.Wait()
	if got := len(d.server.Writes()); got != 40 {
		t.Errorf("%d writes, want 40", got)
	}
}
