package e2e

import (
	"slices"
	"testing"
	"time"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (1) One fleet of each PM2 has an app whose cause to fail goes away, one that
// stays broken, one that was stopped and one that is well.
func TestRRHealsWhatCanBeHealedAndGivesUpOnWhatCannot(t *testing.T) {
	t.Parallel()
	for _, version := range pm2test.Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			f := startFleet(t, version)
			f.mended.mend()
			service := f.rig.run()
			await(t, "broken to be exhausted", f.exhausted)
			f.rig.turns(10)

			t.Run("heals what can be healed", f.healed)
			t.Run("climbs and backs off where nothing helps", f.climbed)
			t.Run("tells a person once and acts no more", func(t *testing.T) { f.gaveUp(t, service) })
			t.Run("leaves a stopped process alone", f.leftAlone)
		})
	}
}

type fleet struct {
	t              *testing.T
	pm2            *pm2test.PM2
	rig            *rig
	mended, broken fragile
	before         map[string]int // pids
}

// slow has pauses that can be told from turns.
const slow = `interval: "300ms"
min_interval: "100ms"
settle: "1s"
pm2: local: ladder: {
	restart: {attempts: 2, cooldown: "2s"}
	stop_start: {attempts: 1, cooldown: "1s"}
}
`

func startFleet(t *testing.T, version string) *fleet {
	t.Helper()
	f := &fleet{t: t, mended: newFragile(t, "mended"), broken: newFragile(t, "broken")}
	f.pm2 = pm2test.Start(t, version, f.mended.app, f.broken.app, pm2test.Sleeper("well"), pm2test.Sleeper("stopped"))
	f.pm2.Run("stop", "stopped")
	errored(t, f.pm2, "mended")
	errored(t, f.pm2, "broken")
	f.rig = newRig(t, settings{home: f.pm2.Home, expect: []string{"stopped"}, more: slow}.String())
	f.before = pids(t, f.pm2)

	return f
}

func (f *fleet) exhausted() bool {
	return slices.ContainsFunc(f.rig.status().Incidents, func(i schemas.Incident) bool { return i.State == schemas.IncidentExhausted })
}

func (f *fleet) healed(t *testing.T) {
	if got := statuses(t, f.pm2)["mended"]; got != "online" {
		t.Errorf("PM2 says %q, want online", got)
	}
	of := f.rig.history().of("mended")
	if len(of.Attempts) != 1 || of.Attempts[0].State != schemas.AttemptRecovered || of.Attempts[0].Action.Verb != "pm2.restart" {
		t.Errorf("attempts = %+v, want one pm2.restart that recovered it", of.Attempts)
	}
	if len(of.Incidents) != 1 || of.Incidents[0].State != schemas.IncidentRecovered {
		t.Errorf("incidents = %+v, want one that ended recovered", of.Incidents)
	}
}

func (f *fleet) climbed(t *testing.T) {
	attempts := f.rig.history().of("broken").Attempts
	slices.Reverse(attempts)
	var verbs []string
	for _, a := range attempts {
		verbs = append(verbs, a.Action.Verb)
		if a.State != schemas.AttemptFailed {
			t.Errorf("attempt %s is %s, want failed", a.ID, a.State)
		}
	}
	if want := []string{"pm2.restart", "pm2.restart", "pm2.stop_start"}; !slices.Equal(verbs, want) {
		t.Fatalf("tried %v, want %v", verbs, want)
	}
	for i, least := range []time.Duration{2 * time.Second, 4 * time.Second} {
		pause := attempts[i+1].BeganAt.Sub(attempts[i].BeganAt)
		if pause < least {
			t.Errorf("pause %d was %s, want at least %s", i+1, pause, least)
		}
		t.Logf("pause %d was %s", i+1, pause.Round(time.Millisecond))
	}
}

func (f *fleet) gaveUp(t *testing.T, service *running) {
	of := f.rig.history().of("broken")
	if len(of.Attempts) != 3 || of.Incidents[0].Acted != 3 {
		t.Errorf("%d attempts and %d acted after it was given up, want 3", len(of.Attempts), of.Incidents[0].Acted)
	}
	starts := f.broken.starts()
	f.rig.turns(5)
	if now := f.broken.starts(); now != starts {
		t.Errorf("it was started %d times more after it was given up", now-starts)
	}
	if told := service.log.lines("kind=alert", "process/broken"); len(told) != 1 {
		t.Errorf("told %d times, want once: %q", len(told), told)
	}
	if alerts := of.Incidents[0].Alerts; len(alerts) != 1 || !alerts[0].Exhausted {
		t.Errorf("alerts of the incident = %+v, want one that says exhausted", alerts)
	}
}

func (f *fleet) leftAlone(t *testing.T) {
	h := f.rig.history()
	if of := h.of("stopped"); len(of.Attempts) != 0 {
		t.Errorf("attempts = %+v, want none", of.Attempts)
	}
	if got := statuses(t, f.pm2)["stopped"]; got != "stopped" {
		t.Errorf("PM2 says %q, want stopped", got)
	}
	if now := pids(t, f.pm2)["well"]; now != f.before["well"] {
		t.Errorf("well was started anew: its pid was %d and is %d", f.before["well"], now)
	}
	if len(h.Turns) < 20 {
		t.Errorf("%d turns, want many", len(h.Turns))
	}
}
