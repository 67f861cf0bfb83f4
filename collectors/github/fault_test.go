package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rr/internal/githubtest"
	"rr/schemas"
)

const anything = "* /**"

// fault is something that goes wrong, and what is told of it.
type fault struct {
	it   string
	what func(*rig) githubtest.Fault
	says string // the kind of problem that is told
}

func always(f githubtest.Fault) func(*rig) githubtest.Fault {
	return func(*rig) githubtest.Fault { return f }
}

var faults = []fault{
	{"a token that is refused", always(githubtest.Unauthorized()), "unauthorized"},
	{"a primary limit", func(r *rig) githubtest.Fault { return githubtest.PrimaryLimit(r.clock.Now().Add(30 * time.Minute)) }, "limit"},
	{"a secondary limit, as 403", always(githubtest.SecondaryLimit(http.StatusForbidden, 5*time.Minute)), "secondary rate limit"},
	{"a secondary limit, as 429 without a time", always(githubtest.SecondaryLimit(http.StatusTooManyRequests, 0)), "secondary rate limit"},
	{"a permission that is missing", always(githubtest.Forbidden("Resource not accessible")), "forbidden"},
	{"a 404", always(githubtest.NotFound()), "not_found"},
	{"a 422", always(githubtest.Unprocessable("no")), "invalid"},
	{"a 500", always(githubtest.ServerError(500)), "unavailable"},
	{"a 502", always(githubtest.ServerError(502)), "unavailable"},
	{"a hang", always(githubtest.Fault{Hang: true}), "unavailable"},
	{"a connection that breaks", always(githubtest.Fault{Drop: true}), "unavailable"},
	{"half a body", always(githubtest.Fault{Cut: true}), "unavailable"},
	{"a body without an end", always(githubtest.Fault{Garbage: 8 << 20}), "unavailable"},
	{"a page of a login", always(githubtest.NotJSON()), "unavailable"},
	{"JSON of another form", always(githubtest.Fault{Status: 200, Body: `{"workflow_runs": 7, "default_branch": [], "workflows": {}}`}), "unavailable"},
	{"a redirect to another host", func(r *rig) githubtest.Fault {
		return githubtest.RedirectTo(302, r.server.ForeignURL+"/x?sig=1")
	}, "redirect"},
	{"a next page on another host", func(r *rig) githubtest.Fault { return githubtest.ForeignLink(r.server.ForeignURL + "/x") }, "redirect"},
}

// mostInAnHour is what may be asked in an hour of faults, a request each minute
// and little more.
const mostInAnHour = 130

func TestFaultFromTheBeginningLeavesAllUnknown(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{"ci.yml": valid})
			r.server.Fail(anything, f.what(r))
			looks := 60
			if strings.Contains(f.it, "hang") {
				r.impatient()
				looks = 3
			}
			for range looks {
				r.clock.Pass(time.Minute)
				facts, err := r.api.Collect(t.Context())
				if f.says == "limit" && r.clock.Now().After(time.Date(2026, 3, 2, 12, 29, 0, 0, time.UTC)) {
					continue // the time that it gave has passed
				}
				if err == nil || !strings.Contains(err.Error(), f.says) {
					t.Fatalf("told %v, %+v; want %s", err, facts, f.says)
				}
				wantNoSecret(t, err)
			}
			if n := len(r.server.Requests()); n > mostInAnHour {
				t.Errorf("%d requests in %d looks", n, looks)
			}
			if len(r.server.Foreign()) != 0 {
				t.Error("it went to another host")
			}
			r.server.Heal()
			r.clock.Pass(time.Hour)
			if got := r.runs("ci.yml"); got.Definition != "valid" {
				t.Errorf("afterwards %+v", got)
			}
		})
	}
}

func TestFaultLaterLeavesTheRunsUnknown(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.it, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, map[string]string{"ci.yml": valid})
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
			if strings.Contains(f.it, "hang") {
				r.impatient()
			}
			r.look()
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.AddRun("ci.yml", "push", "").Branch = "next" }) // no 304
			r.server.Fail(anything, f.what(r))
			r.clock.Pass(time.Minute)
			got, err := r.api.Collect(t.Context())
			switch {
			case f.says == "unauthorized":
				if err == nil || !strings.Contains(err.Error(), f.says) {
					t.Fatalf("told %v", err)
				}
			case err != nil:
				t.Fatalf("the repository is forgotten at once: %v", err)
			default:
				facts := got.(schemas.RepoFacts)
				if !strings.Contains(facts.RunsError, f.says) || len(facts.Runs) != 0 || facts.Repo.State != "active" || facts.Repo.Outage != "unknown" {
					t.Errorf("told %q, runs %v, repository %+v", facts.RunsError, facts.Runs, facts.Repo)
				}
				want := map[bool]string{true: map[bool]string{true: "secondary", false: "primary"}[strings.Contains(f.says, "secondary")], false: "no"}[strings.Contains(f.says, "limit")]
				if facts.Repo.Limited != want {
					t.Errorf("limited: %s, want %s", facts.Repo.Limited, want)
				}
			}
			wantNoSecret(t, got, err, string(r.memory.text))
			r.server.Heal()
			r.clock.Pass(time.Hour)
			if got := r.runs("ci.yml"); got.FailedStep != "test / make" {
				t.Errorf("afterwards %+v", got)
			}
		})
	}
}

func TestFaultOfOneFactSpoilsNoOther(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/commits", "/contents/**", "/actions/permissions", "/actions/runners", "/actions/secrets", "/actions/organization-secrets", "/actions/cache/usage"} {
		for _, f := range faults {
			if f.says == "unauthorized" || strings.Contains(f.says, "limit") || strings.Contains(f.it, "hang") && path != "/commits" {
				continue // these are of every request, or slow
			}
			t.Run(path+" "+f.it, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, map[string]string{"ci.yml": valid})
				if strings.Contains(f.it, "hang") {
					r.impatient()
				}
				r.server.Fail("GET /repos/*/*"+path, f.what(r))
				facts := r.look()
				if facts.RunsError != "" || len(facts.Runs) != 1 {
					t.Fatalf("the runs are unknown: %q", facts.RunsError)
				}
				named := strings.Join(facts.Repo.Unreadable, ", ")
				if refused := f.says == "forbidden" || f.says == "not_found" && path != "/contents/**"; refused != (named != "") {
					t.Errorf("unreadable: %q", named)
				}
				wantNoSecret(t, facts)
			})
		}
	}
}

func TestFaultOfARunsJobsLeavesOneFactUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { fails(repo, "ci.yml", "make") })
	r.server.Fail("GET /repos/*/*/actions/runs/*/attempts/*/jobs", githubtest.NotFound())
	for range 5 {
		if got := r.runs("ci.yml"); got.Failure != "unknown" || got.JobAttempt != nil || got.Conclusion != "failure" {
			t.Errorf("jobs that are gone: %+v", got)
		}
	}
	if n := r.asked("/jobs"); n != 1 {
		t.Errorf("asked %d times for jobs that are gone", n)
	}
}

func TestEndlessListOfWorkflowsIsCutAndDeletesNone(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid, "other.yml": valid})
	r.look()
	r.change(func(_ *githubtest.World, repo *githubtest.Repo) { repo.Workflows = repo.Workflows[:1] })
	r.server.Fail("GET /repos/*/*/actions/workflows", githubtest.Fault{NextPage: true})
	r.server.Forget()
	for range 60 {
		if facts := r.look(); len(facts.Runs) != 2 {
			t.Fatalf("a list that was not read to its end tells that one was deleted: %v", facts.Runs)
		}
	}
	if n := r.asked("/actions/workflows"); n > 60 {
		t.Errorf("%d pages asked in an hour", n)
	}
}

func TestTokenThatIsNotThereIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"ci.yml": valid})
	r.change(func(w *githubtest.World, _ *githubtest.Repo) { w.Tokens = map[string]*githubtest.Token{} })
	_, err := r.api.Collect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "github: unauthorized: Bad credentials") {
		t.Errorf("told %v", err)
	}
	wantNoSecret(t, err)
}

// The costs that docs/performance.md tells: 50 workflows, asked each minute.
func TestAnHourCostsAtMostTwoPercentOfTheLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		it     string
		minute func(*githubtest.Repo, int)
		most   int
	}{
		{"idle", func(*githubtest.Repo, int) {}, 10},
		{"busy", func(repo *githubtest.Repo, minute int) { // each minute runs end and begin, each fifth one fails
			for _, run := range repo.Runs {
				if run.Latest().Status != "completed" {
					repo.Finish(run, "success")
				}
			}
			for i := range 3 {
				repo.AddRun(fmt.Sprintf("w%02d.yml", (minute+i)%50), "push", "")
			}
			if minute%5 == 0 {
				fails(repo, fmt.Sprintf("w%02d.yml", (minute+9)%50), "make")
			}
		}, 100},
	} {
		files := map[string]string{}
		for i := range 50 {
			files[fmt.Sprintf("w%02d.yml", i)] = valid
		}
		r := newRig(t, files)
		r.change(func(_ *githubtest.World, repo *githubtest.Repo) {
			for name := range files {
				repo.AddRun(name, "push", "success")
			}
		})
		for range 5 {
			r.look()
		}
		begun := r.server.Counted()
		r.server.Forget()
		for minute := range 60 {
			r.change(func(_ *githubtest.World, repo *githubtest.Repo) { row.minute(repo, minute) })
			if facts := r.look(); facts.RunsError != "" || len(facts.Runs) != 50 {
				t.Fatalf("%s: %d runs, %s", row.it, len(facts.Runs), facts.RunsError)
			}
		}
		counted, sent := r.server.Counted(), len(r.server.Requests())
		t.Logf("%s: %d requests counted in an hour (%.2f %% of 5,000), %d sent; the first minutes cost %d", row.it, counted, float64(counted)/50, sent, begun)
		if counted > row.most || sent > 300 {
			t.Errorf("%s: %d counted and %d sent in an hour, want %d and 300 at most", row.it, counted, sent, row.most)
		}
	}
}
