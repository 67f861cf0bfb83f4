package backup

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Policy says which backups remain. A zero is no limit; where Last, Hourly,
// Daily and Weekly are all zero, all good ones remain that are neither too old
// nor too large.
type Policy struct {
	Last   int // the newest good ones of a set
	Hourly int // the newest good one of each of so many hours that have one (UTC)
	Daily  int // likewise
	Weekly int // likewise, ISO weeks

	MaxAge  time.Duration // since their content was last seen
	MaxSize int64         // of all archives together, bytes

	Evidence, Replaced int // the newest of a set
}

// Verdict says whether a backup remains, and why.
type Verdict struct {
	Backup
	Keep      bool
	Why       string
	Protected bool // it remains whatever the policy
}

// Keep judges backups of any number of sets by a policy. It answers in the order
// in which they are given.
//
// Never let go are, of each set, the newest good backup that is not known to be
// damaged, and of what is newer than that one the newest valid version of each
// file: as long as one file of a set is broken, all others are valid in
// evidence only. A file that the newest good backup does not hold any more was
// taken away by somebody; its last version stays as long as the policy keeps its
// backup. (To keep such files for ever would let a store grow for ever.)
//
// Age and the hour, day and week of a backup count from when its content was
// last seen: what was in place until yesterday is not old.
func Keep(backups []Backup, policy Policy, now time.Time) []Verdict {
	verdicts := make([]Verdict, len(backups))
	sets := map[string][]*Verdict{}
	for i, b := range backups {
		verdicts[i].Backup = b
		sets[b.Set] = append(sets[b.Set], &verdicts[i])
	}
	for _, set := range sets {
		slices.SortFunc(set, func(a, b *Verdict) int {
			return cmp.Or(cmp.Compare(b.Sequence, a.Sequence), cmp.Compare(b.ID, a.ID))
		})
		protect(set)
		policy.count(set)
		policy.age(set, now)
	}
	policy.weigh(verdicts)

	return verdicts
}

func (v *Verdict) keep(why string) {
	if !v.Keep {
		v.Keep, v.Why = true, why
	}
}

func (v *Verdict) drop(why string) {
	if !v.Protected {
		v.Keep, v.Why = false, why
	}
}

// protect marks what is never let go, of one set, the newest first.
func protect(set []*Verdict) {
	seen := map[string]bool{}
	for _, v := range set {
		if v.Damaged != "" {
			continue
		}
		if v.State == Good {
			v.Protected, v.Keep, v.Why = true, true, "the last good one"
			return
		}
		if v.State != Evidence {
			continue
		}
		for _, e := range v.Files {
			if e.Problem == "" && !seen[e.Path] {
				seen[e.Path] = true
				v.Protected = true
				v.keep("the newest valid " + e.Path)
			}
		}
	}
	for _, v := range set { // all good ones are damaged: the newest is better than none
		if v.State == Good {
			v.Protected, v.Keep, v.Why = true, true, "the last good one, though damaged"
			return
		}
	}
}

// count keeps what the numbers of the policy say, of one set, the newest first.
func (p Policy) count(set []*Verdict) {
	of := map[string][]*Verdict{}
	for _, v := range set {
		if v.Damaged == "" || v.State != Good {
			of[v.State] = append(of[v.State], v)
		} else if p.unlimited() {
			v.keep("no limit")
		}
	}
	newest(of[Evidence], p.Evidence, Evidence)
	newest(of[Replaced], p.Replaced, Replaced)
	if p.unlimited() {
		newest(of[Good], 0, Good)
	}
	newest(of[Good][:min(p.Last, len(of[Good]))], 0, "last")
	perPeriod(of[Good], p.Hourly, "hourly", func(t time.Time) string { return t.Format("2006-01-02T15") })
	perPeriod(of[Good], p.Daily, "daily", func(t time.Time) string { return t.Format("2006-01-02") })
	perPeriod(of[Good], p.Weekly, "weekly", func(t time.Time) string {
		year, week := t.ISOWeek()
		return fmt.Sprintf("%d-%d", year, week)
	})
	for _, v := range set {
		if !v.Keep {
			v.drop("not among those to keep")
		}
	}
}

func (p Policy) unlimited() bool {
	return p.Last <= 0 && p.Hourly <= 0 && p.Daily <= 0 && p.Weekly <= 0
}

// newest keeps the first n, or all when n is 0.
func newest(set []*Verdict, n int, why string) {
	for i, v := range set {
		if n > 0 && i >= n {
			return
		}
		v.keep(fmt.Sprintf("%s %d", why, i+1))
	}
}

func perPeriod(set []*Verdict, n int, why string, period func(time.Time) string) {
	last := ""
	for _, v := range set {
		if this := period(v.Touched.UTC()); n > 0 && this != last {
			last = this
			n--
			v.keep(why + " " + this)
		}
	}
}

// age lets go what is too old. Of a clock that was ahead, nothing is.
func (p Policy) age(set []*Verdict, now time.Time) {
	for _, v := range set {
		if p.MaxAge > 0 && v.Keep && now.Sub(v.Touched) > p.MaxAge {
			v.drop("older than " + p.MaxAge.String())
		}
	}
}

// weigh lets go what is too much for the size, the least useful first: damaged
// ones, evidence, replaced files, then good ones; of each the oldest first.
func (p Policy) weigh(verdicts []Verdict) {
	if p.MaxSize <= 0 {
		return
	}
	var total int64
	var order []*Verdict
	for i := range verdicts {
		if v := &verdicts[i]; v.Keep {
			total += v.Size
			order = append(order, v)
		}
	}
	slices.SortFunc(order, func(a, b *Verdict) int {
		return cmp.Or(cmp.Compare(a.worth(), b.worth()), a.Touched.Compare(b.Touched), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.ID, b.ID))
	})
	for _, v := range order {
		if total <= p.MaxSize {
			return
		}
		if v.drop(fmt.Sprintf("all together are more than %d bytes", p.MaxSize)); !v.Keep {
			total -= v.Size
		}
	}
}

func (v *Verdict) worth() int {
	switch {
	case v.Damaged != "":
		return 0
	case v.State == Evidence:
		return 1
	case v.State == Replaced:
		return 2
	}

	return 3
}
