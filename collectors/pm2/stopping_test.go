package pm2

import (
	"syscall"
	"testing"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

func TestStoppingIsCountedWhileOneProcessIsStopped(t *testing.T) {
	c := newCollector(t, schemas.PM2{})
	for _, step := range []struct {
		name, status string
		pid          int
		atMS         int64
		want         any
	}{
		{"it is not there while it runs", "online", 42, 1000, nil},
		{"it begins with the first look", "stopping", 42, 2000, int64(0)},
		{"it goes on", "stopping", 42, 7000, int64(5)},
		{"another process begins anew", "stopping", 43, 8000, int64(0)},
		{"it ends with the stop", "stopped", 0, 9000, nil},
		{"it begins anew the next time", "stopping", 43, 10_000, int64(0)},
	} {
		l := lookNow(t, schemas.PM2{}, pm2.App{Name: "api", Status: step.status, PID: step.pid, KillTimeout: pm2.Int{N: 1600, Known: true}})
		l.elsewhere, l.bootMS = true, step.atMS
		p := c.processes(l)["pm2/local/process/api"]
		if deref(p.StoppingS) != step.want || deref(p.KillTimeoutMS) != int64(1600) {
			t.Errorf("%s: stopping_s = %v, kill_timeout_ms = %v; want %v, 1600", step.name, deref(p.StoppingS), deref(p.KillTimeoutMS), step.want)
		}
	}
}

func TestARealPM2ThatStopsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := pm2test.Start(t, version, with(pm2test.Shell("deaf", "trap '' INT; while :; do sleep 1; done"), map[string]any{"kill_timeout": 600_000}))
			c := watch(t, p, schemas.PM2{})
			done := make(chan struct{})
			go func() { defer close(done); _, _ = p.Try("stop", "deaf") }()
			var pid int
			pm2test.Eventually(t, "two seconds of stopping", func() bool {
				deaf := collect(t, c).Processes["pm2/local/process/deaf"]
				if deaf.StoppingS == nil || deaf.PID == nil || *deaf.KillTimeoutMS != 600_000 {
					return false
				}
				pid = *deaf.PID
				return deaf.State == schemas.ProcessStopping && *deaf.StoppingS >= 2
			})
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil { // what a person does who is told
				t.Fatal(err)
			}
			pm2test.Eventually(t, "it is stopped", func() bool {
				deaf := collect(t, c).Processes["pm2/local/process/deaf"]
				return deaf.State == schemas.ProcessStopped && deaf.StoppingS == nil
			})
			<-done
		})
	}
}
