package netlify_test

import (
	"slices"
	"testing"
	"time"

	"rr/internal/netlify"
)

// made is a deploy of an hour of the day.
func made(id, state string, hour int, change ...func(*netlify.Deploy)) netlify.Deploy {
	at := netlify.Time{Time: day.Add(time.Duration(hour) * time.Hour)}
	d := netlify.Deploy{ID: id, State: state, Context: "production", CreatedAt: at, UpdatedAt: at}
	if state == "ready" {
		d.PublishedAt = at
	}
	for _, c := range change {
		c(&d)
	}

	return d
}

func preview(d *netlify.Deploy)     { d.Context = "deploy-preview" }
func draft(d *netlify.Deploy)       { d.Draft = true }
func skipped(d *netlify.Deploy)     { d.Skipped = true }
func unpublished(d *netlify.Deploy) { d.PublishedAt = netlify.Time{} }
func restored(d *netlify.Deploy)    { d.PublishedAt.Time = day.Add(100 * time.Hour) }
func undated(d *netlify.Deploy)     { d.CreatedAt, d.UpdatedAt = netlify.Time{}, netlify.Time{} }

func TestRollbackTarget(t *testing.T) {
	bad := made("bad", "ready", 9)
	for _, c := range []struct {
		name    string
		bad     netlify.Deploy
		deploys []netlify.Deploy
		want    string
	}{
		{"it is the newest before the bad one", bad, []netlify.Deploy{bad, made("b", "ready", 8), made("a", "ready", 7)}, "b"},
		{"it does not matter how they are sorted", bad, []netlify.Deploy{made("a", "ready", 7), made("b", "ready", 8), bad}, "b"},
		{"it is not a newer one", bad, []netlify.Deploy{made("c", "ready", 10), bad, made("a", "ready", 7)}, "a"},
		{"it is not one that failed", bad, []netlify.Deploy{bad, made("b", "error", 8), made("a", "ready", 7)}, "a"},
		{"it is not one under way", bad, []netlify.Deploy{bad, made("b", "processing", 8), made("a", "ready", 7)}, "a"},
		{"it is not a preview", bad, []netlify.Deploy{bad, made("b", "ready", 8, preview), made("a", "ready", 7)}, "a"},
		{"it is not a draft", bad, []netlify.Deploy{bad, made("b", "ready", 8, draft), made("a", "ready", 7)}, "a"},
		{"it is not one that was never published", bad, []netlify.Deploy{bad, made("b", "ready", 8, unpublished), made("a", "ready", 7)}, "a"},
		{"it goes further back from one that was restored", made("b", "ready", 8, restored), []netlify.Deploy{bad, made("b", "ready", 8, restored), made("a", "ready", 7)}, "a"},
		{"it is none when there is none", bad, []netlify.Deploy{bad, made("c", "ready", 10)}, ""},
		{"it is none when nothing is known", bad, nil, ""},
		{"it is none when the bad one has no date", made("bad", "ready", 9, undated), []netlify.Deploy{made("a", "ready", 7)}, ""},
		{"it is not one without a date", bad, []netlify.Deploy{made("a", "ready", 7, undated)}, ""},
	} {
		target, ok := netlify.RollbackTarget(c.deploys, c.bad)
		if target.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s: RollbackTarget = %q, %v; want %q", c.name, target.ID, ok, c.want)
		}
	}
}

// Going back again and again ends.
func TestRollbackTargetNeverGoesToAndFro(t *testing.T) {
	deploys := []netlify.Deploy{made("d", "ready", 4), made("c", "ready", 3), made("b", "ready", 2), made("a", "ready", 1)}
	current, went := deploys[0], []string{}
	for i := range 10 {
		next, ok := netlify.RollbackTarget(deploys, current)
		if !ok {
			break
		}
		next.PublishedAt.Time = day.Add(time.Duration(100+i) * time.Hour)
		deploys[slices.IndexFunc(deploys, func(d netlify.Deploy) bool { return d.ID == next.ID })] = next
		current, went = next, append(went, next.ID)
	}
	if !slices.Equal(went, []string{"c", "b", "a"}) {
		t.Errorf("went to %q, want c, b, a and no further", went)
	}
}

func TestFailureStreak(t *testing.T) {
	for _, c := range []struct {
		name    string
		deploys []netlify.Deploy
		want    int
	}{
		{"it is 0 of none", nil, 0},
		{"it is 0 after success", []netlify.Deploy{made("b", "ready", 2), made("a", "error", 1)}, 0},
		{"it counts to the last success", []netlify.Deploy{made("d", "error", 4), made("c", "error", 3), made("b", "ready", 2), made("a", "error", 1)}, 2},
		{"it does not mind one under way", []netlify.Deploy{made("c", "building", 3), made("b", "error", 2), made("a", "ready", 1)}, 1},
		{"it does not mind previews and drafts", []netlify.Deploy{made("d", "ready", 4, preview), made("c", "ready", 3, draft), made("b", "error", 2), made("a", "ready", 1)}, 1},
		{"it does not count one that was skipped", []netlify.Deploy{made("c", "error", 3, skipped), made("b", "error", 2), made("a", "ready", 1)}, 1},
		{"it counts all when none succeeded", []netlify.Deploy{made("b", "error", 2), made("a", "error", 1)}, 2},
	} {
		if got := netlify.FailureStreak(c.deploys); got != c.want {
			t.Errorf("%s: FailureStreak = %d, want %d", c.name, got, c.want)
		}
	}
}

func TestQuiet(t *testing.T) {
	now := day.Add(5 * time.Hour)
	for _, c := range []struct {
		name   string
		deploy netlify.Deploy
		want   time.Duration
		ok     bool
	}{
		{"it is counted from the last change", made("a", "processing", 2), 3 * time.Hour, true},
		{"it is counted for states that rr does not know", made("a", "thinking", 2), 3 * time.Hour, true},
		{"it is not of a deploy that is ready", made("a", "ready", 2), 0, false},
		{"it is not of a deploy that failed", made("a", "error", 2), 0, false},
		{"it is not of a deploy that waits for a person", made("a", "pending_review", 2), 0, false},
		{"it is unknown without a date", made("a", "processing", 2, undated), 0, false},
		{"it is not below 0 when clocks differ", made("a", "processing", 9), 0, true},
	} {
		if got, ok := c.deploy.Quiet(now); got != c.want || ok != c.ok {
			t.Errorf("%s: Quiet = %s, %v; want %s, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestLastReady(t *testing.T) {
	deploys := []netlify.Deploy{made("e", "error", 5), made("d", "ready", 4, preview), made("c", "ready", 3, draft), made("a", "ready", 1), made("b", "ready", 2)}
	if last, ok := netlify.LastReady(deploys); !ok || last.ID != "b" {
		t.Errorf("LastReady = %q, %v; want b", last.ID, ok)
	}
	if _, ok := netlify.LastReady(deploys[:3]); ok {
		t.Error("LastReady found one where there is none")
	}
}
