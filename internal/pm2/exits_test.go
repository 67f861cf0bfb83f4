package pm2

import (
	"fmt"
	"testing"
	"time"
)

func exitEvent(name string, id, code int64, signal string, at time.Time) Event {
	return Event{Kind: EventExit, Name: name, ID: known(id), ExitCode: known(code), Signal: signal, At: at}
}

func TestExitsRememberTheLastOfEachProcess(t *testing.T) {
	at := time.Now().UTC()
	api, second, web := App{Name: "api", ID: 0}, App{Name: "api", ID: 1}, App{Name: "web", ID: 0}
	var x Exits
	if _, seen := x.Last(api); seen {
		t.Error("an exit was remembered before any")
	}
	x.See(Event{Kind: EventConnected})
	x.See(exitEvent("api", 0, 1, "SIGINT", at.Add(-time.Minute)))
	x.See(exitEvent("api", 0, 0, "SIGKILL", at))
	x.See(exitEvent("api", 1, 3, "SIGINT", at))
	x.See(Event{Kind: EventExit, Name: "web"}) // without an id
	for app, want := range map[App]Exit{api: {Signal: "SIGKILL", At: at}, second: {Code: known(3), At: at}} {
		if got, seen := x.Last(app); !seen || got != want {
			t.Errorf("Last(%s, %d) = %+v, %t, want %+v", app.Name, app.ID, got, seen, want)
		}
	}
	if got, seen := x.Last(web); seen {
		t.Errorf("Last of another app with a number seen = %+v, want none", got)
	}
	x.See(Event{Kind: EventProcess, Event: "delete", Name: "api", ID: known(1)})
	if _, seen := x.Last(second); seen {
		t.Error("the exit of a deleted process is remembered")
	}
}

func TestExitsForgetWhereEventsMayBeMissing(t *testing.T) {
	for what, event := range map[string]Event{
		"a new connection":   {Kind: EventConnected},
		"events were missed": {Kind: EventProcess, Event: "online", Missed: 1},
	} {
		var x Exits
		x.See(exitEvent("api", 0, 1, "", time.Now()))
		x.See(event)
		if got, seen := x.Last(App{Name: "api"}); seen {
			t.Errorf("after %s: Last = %+v, want none", what, got)
		}
	}
}

func TestExitsAreBounded(t *testing.T) {
	var x Exits
	began := time.Now()
	for i := range int64(maxExits + 10) {
		x.See(exitEvent(fmt.Sprint("app-", i), i, 1, "", began.Add(time.Duration(i))))
	}
	if len(x.last) != maxExits {
		t.Errorf("%d exits are remembered, want %d", len(x.last), maxExits)
	}
	if _, seen := x.Last(App{Name: "app-9", ID: 9}); seen {
		t.Error("an old one was kept and not a newer one")
	}
	if _, seen := x.Last(App{Name: "app-10", ID: 10}); !seen {
		t.Error("a newer one was dropped and not the oldest")
	}
}
