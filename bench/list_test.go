package bench

import (
	"fmt"
	"testing"
	"time"

	seepm2 "rr/collectors/pm2"
	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

// BenchmarkList asks PM2 for its processes over the kept connection and by
// `pm2 jlist`, and does the whole sweep, which also reads the process trees
// from /proc. The CPU is that of the asking side; the daemon does the same work
// for both.
func BenchmarkList(b *testing.B) {
	for _, row := range []struct {
		processes, calls int
		target           float64
	}{{1, 40, 0}, {10, 30, 60}, {100, 15, 14}, {300, 8, 4}} {
		b.Run(fmt.Sprintf("processes=%d", row.processes), func(b *testing.B) {
			compareList(b, fleet(b, row.processes), row.processes, row.calls, row.target)
		})
	}
}

func compareList(b *testing.B, p *pm2test.PM2, n, calls int, target float64) {
	client := &pm2.Client{Home: p.Home}
	defer client.Close()
	collector := seepm2.New("local", p.Home, parse(b, `pm2: local: {}`).PM2["local"], 30*time.Second, seepm2.Self{})
	defer collector.Close()

	var list, sweep, jlist series
	for round := range rounds(11) + 1 {
		ofList := perCall(b, calls, func() { listOnce(b, client, n) })
		ofSweep := perCall(b, calls, func() { sweepOnce(b, collector, n) })
		ofJlist, _ := command(b, pm2Command(p, "jlist"))
		if round > 0 { // the first one warms up
			list.add(ofList)
			sweep.add(ofSweep)
			jlist.add(ofJlist)
		}
	}

	want := ""
	if target > 0 {
		want = ">"
	}
	note := func(a, b time.Duration) string { return fmt.Sprintf("%.2f ms, jlist %.0f ms", ms(a), ms(b)) }
	l, s, j := spent{median(list.wall), median(list.cpu)}, spent{median(sweep.wall), median(sweep.cpu)}, spent{median(jlist.wall), median(jlist.cpu)}
	name := fmt.Sprintf("list of %d against pm2 jlist, ", n)
	tell(b, "list-cpu-x", figure{name + "CPU", float64(j.cpu) / float64(l.cpu), "x", want, target, note(l.cpu, j.cpu)})
	tell(b, "list-wall-x", figure{name + "time", float64(j.wall) / float64(l.wall), "x", want, target, note(l.wall, j.wall)})
	name = fmt.Sprintf("whole sweep of %d against pm2 jlist, ", n)
	tell(b, "sweep-cpu-x", figure{name + "CPU", float64(j.cpu) / float64(s.cpu), "x", "", 0, note(s.cpu, j.cpu)})
	tell(b, "sweep-wall-x", figure{name + "time", float64(j.wall) / float64(s.wall), "x", "", 0, note(s.wall, j.wall)})
}

func listOnce(b *testing.B, client *pm2.Client, n int) {
	ctx, cancel := deadline(b)
	defer cancel()
	if apps, err := client.List(ctx); err != nil || len(apps) != n {
		b.Fatalf("list: %d apps, %v", len(apps), err)
	}
}

func sweepOnce(b *testing.B, collector *seepm2.Collector, n int) {
	ctx, cancel := deadline(b)
	defer cancel()
	facts, err := collector.Collect(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if seen := facts.(schemas.PM2Facts); len(seen.Processes) != n {
		b.Fatalf("sweep: %d processes, %s", len(seen.Processes), seen.ProcessError)
	}
}
