package pm2

import (
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

func TestLastExitIsWhatTheBusTold(t *testing.T) {
	at := time.Now()
	number := func(n int64) pm2.Int { return pm2.Int{N: n, Known: true} }
	for _, c := range []struct {
		name          string
		event         *pm2.Event
		code, seconds any
		signal        string
	}{
		{"nothing is known before", nil, nil, nil, ""},
		{"it is a code", &pm2.Event{Kind: pm2.EventExit, Name: "api", ID: number(3), ExitCode: number(7), At: at.Add(-90 * time.Second)}, int64(7), int64(90), ""},
		{"it is a signal", &pm2.Event{Kind: pm2.EventExit, Name: "api", ID: number(3), ExitCode: number(0), Signal: "SIGKILL", At: at}, nil, int64(0), "SIGKILL"},
		{"it is not that of another", &pm2.Event{Kind: pm2.EventExit, Name: "web", ID: number(3), ExitCode: number(7), At: at}, nil, nil, ""},
		{"a clock that was set back does not make it come", &pm2.Event{Kind: pm2.EventExit, Name: "api", ID: number(3), ExitCode: number(1), At: at.Add(time.Hour)}, int64(1), int64(0), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := newCollector(t, schemas.PM2{})
			if c.event != nil {
				collector.exits.See(*c.event)
			}
			l := lookNow(t, schemas.PM2{}, pm2.App{Name: "api", ID: 3, Status: "errored"})
			l.at = at
			p := collector.processes(l)["pm2/local/process/api"]
			if deref(p.LastExitCode) != c.code || deref(p.LastExitS) != c.seconds || p.LastExitSignal != c.signal {
				t.Errorf("exit = %v %q %v s, want %v %q %v s", deref(p.LastExitCode), p.LastExitSignal, deref(p.LastExitS), c.code, c.signal, c.seconds)
			}
		})
	}
}
