package main

import (
	"strings"
	"testing"
)

func TestFlagsMayStandBehindArguments(t *testing.T) {
	for _, c := range []struct{ name, typed, read string }{
		{"it leaves flags in front", "rr --state d why --turn 3 api", "rr --state d why --turn 3 api"},
		{"it moves a flag with its value", "rr why api --turn 3", "rr why --turn 3 api"},
		{"it moves several", "rr act pm2.restart a --reason x --dry-run -o json", "rr act --reason x --dry-run -o json pm2.restart a"},
		{"it moves one written with =", "rr why api --turn=3", "rr why --turn=3 api"},
		{"it finds subcommands", "rr history show 4 -o yaml", "rr history show -o yaml 4"},
		{"it keeps what follows --", "rr why -- --turn 3", "rr why -- --turn 3"},
		{"it keeps a lone -", "rr eval --snapshot -", "rr eval --snapshot -"},
		{"it leaves what it does not know to be told of", "rr why api --trn 3", "rr why --trn api 3"},
		{"it keeps a flag without its value", "rr why api --turn", "rr why --turn api"},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := (&Main{}).app()
			if got := strings.Join(permute(app, strings.Fields(c.typed)), " "); got != c.read {
				t.Errorf("permute(%s) = %s, want %s", c.typed, got, c.read)
			}
		})
	}
}
