package pm2

import "testing"

func TestRestartsAreThoseThatRRSaw(t *testing.T) {
	r := &restarts{total: 40}
	for _, step := range []struct {
		atMS, total          int64
		minute, ten, anyHour int64
	}{
		{0, 40, 0, 0, 0},        // what was before rr looked does not count
		{10_000, 43, 3, 3, 3},   //
		{69_999, 43, 3, 3, 3},   // within the minute, up to its end
		{70_000, 43, 0, 3, 3},   // a minute on
		{80_000, 2, 0, 3, 3},    // reset: PM2 counts anew, rr does not forget
		{90_000, 4, 2, 5, 5},    //
		{610_000, 4, 0, 2, 5},   //
		{3_610_000, 4, 0, 0, 2}, //
		{3_690_000, 4, 0, 0, 0}, //
		{3_700_000, 1004, 1000, 1000, 1000},
	} {
		r.see(step.total, step.atMS)
		got := [3]int64{r.within(step.atMS - minuteMS), r.within(step.atMS - 10*minuteMS), r.within(step.atMS - hourMS)}
		if want := [3]int64{step.minute, step.ten, step.anyHour}; got != want {
			t.Errorf("at %d ms: %v restarts within 1m, 10m, 1h; want %v", step.atMS, got, want)
		}
	}
}
