package pm2

import "testing"

func TestMemoryIsFullInWhatTheLastTenMinutesSay(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name    string
		forS    int64
		bytes   func(s int64) int64
		limit   int64
		want    any
		atLeast int64
	}{
		{name: "it is told from two minutes on", forS: 120, bytes: func(s int64) int64 { return s * mib }, limit: 420 * mib, want: int64(300)},
		{name: "it is not told before", forS: 110, bytes: func(s int64) int64 { return s * mib }, limit: 420 * mib},
		{name: "it is not told where memory stays", forS: 600, bytes: func(int64) int64 { return 100 * mib }, limit: 420 * mib},
		{name: "it is not told where memory falls", forS: 600, bytes: func(s int64) int64 { return (1000 - s) * mib }, limit: 1020 * mib},
		{name: "it is now where the limit is reached", forS: 300, bytes: func(s int64) int64 { return s * mib }, limit: 100 * mib, want: int64(0)},
		{name: "it is not told beyond a day", forS: 300, bytes: func(s int64) int64 { return s }, limit: 420 * mib},
		{name: "what is older than ten minutes does not count", forS: 1260, bytes: func(s int64) int64 { return min(s, 600) * mib }, limit: 1000 * mib},
		{name: "one collection of garbage does not turn it round", forS: 300, limit: 1000 * mib, atLeast: 300, bytes: func(s int64) int64 {
			if s == 300 {
				return 0
			}
			return s * mib
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var memory trend
			for s := int64(0); s <= c.forS; s += 5 {
				memory.see(1000+s*1000, c.bytes(s))
			}
			got := memory.fullIn(c.limit, c.bytes(c.forS))
			if c.atLeast > 0 {
				if got == nil || *got < c.atLeast {
					t.Errorf("memory_full_s = %v, want %d or more", deref(got), c.atLeast)
				}
				return
			}
			if deref(got) != c.want {
				t.Errorf("memory_full_s = %v, want %v", deref(got), c.want)
			}
			if len(memory.samples) > 60 {
				t.Errorf("%d samples are kept, want 60 at the most", len(memory.samples))
			}
		})
	}
}
