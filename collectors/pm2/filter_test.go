package pm2

import (
	"testing"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

func TestWatches(t *testing.T) {
	for _, c := range []struct {
		what   string
		config schemas.PM2
		want   bool
	}{
		{"watches all by default", schemas.PM2{}, true},
		{"watches what is included", schemas.PM2{Include: []string{"web", "ap*"}}, true},
		{"leaves out what is not included", schemas.PM2{Include: []string{"web"}}, false},
		{"leaves out what is excluded", schemas.PM2{Exclude: []string{"a*"}}, false},
		{"leaves out what is both", schemas.PM2{Include: []string{"api"}, Exclude: []string{"api"}}, false},
		{"watches a namespace", schemas.PM2{Namespaces: []string{"shop"}}, true},
		{"leaves out other namespaces", schemas.PM2{Namespaces: []string{"default"}}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := watches(c.config, "api", "shop"); got != c.want {
				t.Errorf("watches(api of shop) = %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatIsNotWatchedIsNoSubjectAndDoesNotCount(t *testing.T) {
	config := schemas.PM2{Exclude: []string{"tmp-*"}, Namespaces: []string{"default"}, Expect: []string{"tmp-x", "other"}}
	l := lookNow(t, config,
		pm2.App{Name: "api", ID: 0, Status: "online", Namespace: "default"},
		pm2.App{Name: "tmp-1", ID: 1, Status: "online", Namespace: "default"},
		pm2.App{Name: "other", ID: 2, Status: "online", Namespace: "elsewhere"},
	).declares(
		ecosystem.App{Name: "tmp-2", Namespace: "default", Autorestart: true, Autostart: true},
		ecosystem.App{Name: "far", Namespace: "elsewhere", Autorestart: true, Autostart: true},
	)
	l.dump = dump{state: "present", names: map[string]string{"tmp-3": "default", "far": "elsewhere", "lost": "default"}}
	facts := newCollector(t, config).processes(l)
	if _, there := facts["pm2/local/process/api"]; len(facts) != 1 || !there {
		t.Errorf("processes = %v, want api alone", facts)
	}
	if got := l.unsaved(); len(got) != 1 || got[0] != "api" {
		t.Errorf("unsaved = %v, want [api]", got)
	}
	if got := l.lost(); len(got) != 1 || got[0] != "lost" {
		t.Errorf("unstarted = %v, want [lost]", got)
	}
}
