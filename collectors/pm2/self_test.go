package pm2

import (
	"os"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

func TestRRKnowsItself(t *testing.T) {
	home := t.TempDir()
	table := lookNow(t, schemas.PM2{}).table
	self, parent := os.Getpid(), os.Getppid()
	for _, c := range []struct {
		name          string
		self          Self
		app           pm2.App
		daemon        int
		inside, under bool
	}{
		{"it is not in an app that it does not descend from", Self{PID: self}, pm2.App{Name: "rr", PID: gone}, gone, false, false},
		{"it is in the app that it is", Self{PID: self}, pm2.App{Name: "rr", PID: self}, gone, true, false},
		{"it is in the app that it descends from", Self{PID: self}, pm2.App{Name: "rr", PID: parent}, gone, true, false},
		{"it is under the daemon that it descends from", Self{PID: self}, pm2.App{Name: "rr", PID: gone}, parent, false, true},
		{"it is known by its marks when its daemon is dead", Self{PID: self, PM2Home: home, App: "rr"}, pm2.App{Name: "rr", PID: gone}, 0, true, true},
		{"its marks of another home say nothing", Self{PID: self, PM2Home: "/elsewhere", App: "rr"}, pm2.App{Name: "rr", PID: gone}, 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.self.in(home, table)
			if got := p.inside(c.app); got != c.inside {
				t.Errorf("inside = %v, want %v", got, c.inside)
			}
			if got := p.under(c.daemon); got != c.under {
				t.Errorf("under = %v, want %v", got, c.under)
			}
		})
	}
}
