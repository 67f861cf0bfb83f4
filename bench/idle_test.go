package bench

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkIdle lets rr run over 100 healthy processes, looking every 5
// seconds, and reads from /proc what it uses once it has started.
func BenchmarkIdle(b *testing.B) {
	p := fleet(b, 100)
	r := newRig(b, fmt.Sprintf("interval: \"5s\"\npm2: local: {home: %q, expect: [\"app\"]}\n", p.Home))
	rr := r.run()
	rr.await("rr runs")
	time.Sleep(7 * time.Second) // the second turn has been: everything that is made once is made

	watched := 75 * time.Second
	if testing.Short() {
		watched = 10 * time.Second
	}
	pid, daemon := rr.cmd.Process.Pid, p.DaemonPID()
	before, daemonBefore, began := cpuOf(b, pid), cpuOf(b, daemon), time.Now()
	time.Sleep(watched)
	passed := time.Since(began)
	share := func(used time.Duration) float64 { return 100 * float64(used) / float64(passed) }

	tell(b, "idle-cpu-pct", figure{"idle with 100 processes at 5 s, CPU", share(cpuOf(b, pid) - before), " % of a core", "<", 1,
		fmt.Sprintf("over %.0f s; the PM2 daemon meanwhile %.2f %%", passed.Seconds(), share(cpuOf(b, daemon)-daemonBefore))})
	tell(b, "idle-rss-MB", figure{"idle with 100 processes at 5 s, resident", memoryOf(b, pid, "VmRSS"), " MB", "<", 60,
		fmt.Sprintf("at its highest %.0f MB; now %.0f MB of its own and %.0f MB of the program's file",
			memoryOf(b, pid, "VmHWM"), memoryOf(b, pid, "RssAnon"), memoryOf(b, pid, "RssFile"))})
	tell(b, "idle-hwm-MB", figure{"idle with 100 processes at 5 s, highest resident", memoryOf(b, pid, "VmHWM"), " MB", "<", 60, ""})
}
