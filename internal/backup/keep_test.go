package backup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var keepNow = time.Date(2026, 5, 20, 12, 30, 0, 0, time.UTC)

// made are backups, the oldest first, written "STATE AGE [SIZE] [paths]": state
// is good, evidence or replaced, with ! behind it when damaged; a path that is
// not valid has a ! behind it.
func made(t *testing.T, set string, texts ...string) (all []Backup) {
	t.Helper()
	for i, text := range texts {
		fields := strings.Fields(text)
		age, err := time.ParseDuration(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		state, damaged := strings.CutSuffix(fields[0], "!")
		b := Backup{ID: fmt.Sprintf("%s/%d", set, i), Set: set, Sequence: int64(i + 1), State: state, Size: 100, Created: keepNow.Add(-age), Touched: keepNow.Add(-age)}
		if damaged {
			b.Damaged = "damaged"
		}
		for _, path := range fields[2:] {
			name, invalid := strings.CutSuffix(path, "!")
			e := Entry{Path: name}
			if invalid {
				e.Problem = "broken"
			}
			b.Files = append(b.Files, e)
		}
		all = append(all, b)
	}

	return all
}

func kept(verdicts []Verdict) string {
	var all []string
	for _, v := range verdicts {
		if v.Keep {
			all = append(all, v.ID)
		}
	}

	return strings.Join(all, " ")
}

func TestKeep(t *testing.T) {
	for _, row := range []struct {
		it      string
		policy  Policy
		backups []string
		want    string
	}{
		{"keeps all without limits", Policy{}, []string{"good 900h", "evidence 9h", "good 8h"}, "s/0 s/1 s/2"},
		{"keeps the last", Policy{Last: 2}, []string{"good 4h", "good 3h", "good 2h", "good 1h"}, "s/2 s/3"},
		{"keeps one each hour", Policy{Hourly: 2}, []string{"good 150m", "good 95m", "good 92m", "good 10m", "good 5m"}, "s/2 s/4"},
		{"keeps one each day", Policy{Daily: 3}, []string{"good 80h", "good 50h", "good 49h", "good 26h", "good 2h", "good 1h"}, "s/2 s/3 s/5"},
		{"keeps one each week", Policy{Weekly: 2}, []string{"good 600h", "good 300h", "good 290h", "good 24h", "good 1h"}, "s/2 s/4"},
		{"adds up what the numbers keep", Policy{Last: 1, Daily: 2}, []string{"good 50h", "good 26h", "good 25h", "good 1h"}, "s/2 s/3"},
		{"lets go what is old", Policy{MaxAge: 24 * time.Hour}, []string{"good 50h", "good 23h", "good 1h"}, "s/1 s/2"},
		{"never lets go the last good one for its age", Policy{MaxAge: time.Hour}, []string{"good 900h", "good 800h"}, "s/1"},
		{"never lets go the last good one for its size", Policy{MaxSize: 1}, []string{"good 9h", "good 8h", "evidence 1h"}, "s/1"},
		{"never lets go the last good one behind evidence", Policy{Last: 1, Evidence: 1, MaxAge: time.Minute, MaxSize: 1}, []string{"good 9h", "evidence 8h", "evidence 7h"}, "s/0"},
		{"does not count a damaged one as the last good", Policy{Last: 1}, []string{"good 9h", "good 8h", "good! 7h"}, "s/1"},
		{"keeps the newest where all are damaged", Policy{Last: 1}, []string{"good! 9h", "good! 8h"}, "s/1"},
		{"lets evidence go first for the size", Policy{MaxSize: 300}, []string{"good 9h", "evidence 8h", "good 7h", "good 6h", "evidence 5h"}, "s/0 s/2 s/3"},
		{"lets damaged ones go before evidence", Policy{MaxSize: 300}, []string{"good! 9h", "evidence 8h", "good 7h", "good 6h"}, "s/1 s/2 s/3"},
		{"lets replaced files go before good ones", Policy{MaxSize: 200}, []string{"good 9h", "replaced 1h", "good 6h"}, "s/0 s/2"},
		{"lets the oldest good ones go for the size", Policy{MaxSize: 250}, []string{"good 9h", "good 8h", "good 7h"}, "s/1 s/2"},
		{"bounds evidence", Policy{Evidence: 2}, []string{"good 9h", "evidence 8h", "evidence 7h", "evidence 6h"}, "s/0 s/2 s/3"},
		{"bounds replaced files", Policy{Replaced: 1}, []string{"replaced 8h", "replaced 7h"}, "s/1"},
		{"keeps a file that is valid in evidence only", Policy{Evidence: 1, MaxSize: 1}, []string{"good 9h a b", "evidence 8h a! b", "evidence 7h a! b!", "evidence 6h a! b!"}, "s/0 s/1"},
		{"keeps only the newest valid version of it", Policy{Evidence: 1}, []string{"good 9h a b", "evidence 8h a! b", "evidence 7h a! b", "evidence 6h a! b!"}, "s/0 s/2 s/3"},
		{"keeps no evidence older than the last good one", Policy{Evidence: 1}, []string{"evidence 9h a! b", "good 8h a b", "evidence 7h a!"}, "s/1 s/2"},
		{"does not let go for a clock that was ahead", Policy{MaxAge: time.Hour}, []string{"good -900h", "good -2h", "good 30m"}, "s/0 s/1 s/2"},
	} {
		if got := kept(Keep(made(t, "s", row.backups...), row.policy, keepNow)); got != row.want {
			t.Errorf("Keep %s: keeps %s, want %s", row.it, got, row.want)
		}
	}
}

func TestKeepCountsEachSetForItself(t *testing.T) {
	all := append(made(t, "a", "good 3h", "good 2h"), made(t, "b", "good 9h", "good 8h")...)
	if got := kept(Keep(all, Policy{Last: 1}, keepNow)); got != "a/1 b/1" {
		t.Errorf("Keep keeps %s, want a/1 b/1", got)
	}
	if got := kept(Keep(all, Policy{MaxSize: 300}, keepNow)); got != "a/0 a/1 b/1" {
		t.Errorf("Keep within a size keeps %s, want all but the oldest", got)
	}
}

func TestKeepCountsAgeFromWhenContentWasLastSeen(t *testing.T) {
	all := made(t, "s", "good 900h", "good 1h")
	all[0].Touched = keepNow.Add(-2 * time.Hour)
	if got := kept(Keep(all, Policy{MaxAge: 24 * time.Hour}, keepNow)); got != "s/0 s/1" {
		t.Errorf("Keep keeps %s, want also what was in place until an hour ago", got)
	}
}

// TestKeepHoldsItsPromisesForAnyPolicy tries many stores and policies.
func TestKeepHoldsItsPromisesForAnyPolicy(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	states := []string{Good, Good, Evidence, Replaced}
	for range 20_000 {
		var all []Backup
		lastGood := map[string]string{}
		for i := range random.IntN(12) {
			b := Backup{Set: string(rune('a' + random.IntN(2))), Sequence: int64(i + 1), State: states[random.IntN(4)], Size: random.Int64N(100), Touched: keepNow.Add(-time.Duration(random.IntN(2000)) * time.Hour)}
			b.ID = fmt.Sprintf("%s/%d", b.Set, i)
			if random.IntN(4) == 0 {
				b.Damaged = "damaged"
			} else if b.State == Good {
				lastGood[b.Set] = b.ID
			}
			all = append(all, b)
		}
		policy := Policy{
			Last: random.IntN(3), Hourly: random.IntN(3), Daily: random.IntN(3), Weekly: random.IntN(3), MaxAge: time.Duration(random.IntN(3)) * 100 * time.Hour,
			MaxSize: random.Int64N(300), Evidence: random.IntN(3), Replaced: random.IntN(3),
		}
		verdicts := Keep(all, policy, keepNow)
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		shuffled := map[string]bool{}
		for _, v := range Keep(all, policy, keepNow) {
			shuffled[v.ID] = v.Keep
		}
		var left []Backup
		for _, v := range verdicts {
			if v.Keep != shuffled[v.ID] {
				t.Fatalf("Keep depends on the order in which backups are given: %+v", policy)
			}
			if v.Why == "" {
				t.Fatalf("%s has no reason: %+v", v.ID, v)
			}
			if !v.Keep && lastGood[v.Set] == v.ID {
				t.Fatalf("%+v lets go the last good %s of %+v", policy, v.ID, verdicts)
			}
			if v.Keep {
				left = append(left, v.Backup)
			}
		}
		if again := kept(Keep(left, policy, keepNow)); again != kept(verdicts) {
			t.Fatalf("%+v keeps %s of %s the second time", policy, again, kept(verdicts))
		}
	}
}
