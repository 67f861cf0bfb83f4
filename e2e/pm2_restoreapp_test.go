//go:build verify

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"rr/internal/pm2test"
	"rr/schemas"
)

const lostApp = "pm2/local/process/api"

// lostAppIn is a PM2 that runs api, backed up or not, and an rr that expects it;
// then api is deleted from PM2 and from its dump.
func lostAppIn(t *testing.T, version string, backedUp bool) *backedUpFleet {
	t.Helper()
	f := &backedUpFleet{t: t, pm2: pm2test.New(t, version)}
	api := pm2test.Sleeper("api")
	api.Instances, api.Env = 2, map[string]string{"OWN": "s3cret-of-api"}
	f.pm2.StartApps(api, pm2test.Sleeper("other"))
	f.pm2.Run("save")
	f.rig = newRig(t, settings{home: f.pm2.Home, command: f.pm2.Bin, expect: []string{"api"}, more: brisk + keptPlain(f.pm2) +
		"shadow: [{policy: \"policies.backup.set.due\"}]\n"}.String())
	if backedUp {
		if got := f.rig.rr("backup", "create", "pm2-local"); got.code != exitOK {
			t.Fatal(got)
		}
	}
	f.before = f.fleet()
	f.pm2.Run("delete", "api")
	f.pm2.Run("save", "--force")
	if dump := f.rig.readAt(f.dump()); strings.Contains(dump, `"api"`) {
		t.Fatal("the dump still holds api")
	}
	if err := os.Remove(f.dump() + ".bak"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}

	return f
}

// (5) An app was deleted from PM2 and from its dump, and no ecosystem file names
// it. rr starts it from a backup, with its name and its instances, and nothing
// else is touched.
func TestALostAppIsStartedFromABackup(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			f := lostAppIn(t, version, true)
			other, service := livesOf(t, f.pm2.Home, "other"), f.rig.run()
			f.rig.turns(1)
			await(t, "api to be back and verified", f.rig.recovered("api"))
			if now := f.fleet(); !slices.Equal(now, f.before) {
				t.Errorf("PM2 has\n%s\nwant\n%s", strings.Join(now, "\n"), strings.Join(f.before, "\n"))
			}
			if lives := livesOf(t, f.pm2.Home, "api"); len(lives) != 2 || !slices.Equal(livesOf(t, f.pm2.Home, "other"), other) {
				t.Errorf("api runs as %v, want two, and other as it was", lives)
			}
			acts := f.rig.history().of("api").Attempts
			if len(acts) != 1 || acts[0].Action.Verb != "pm2.restore_app" || acts[0].Status != schemas.OutcomeDone ||
				!strings.Contains(acts[0].Note, "started from backup pm2-local/") || !strings.Contains(acts[0].Note, "instances: 2") {
				t.Fatalf("attempts = %+v, want one pm2.restore_app that is done", acts)
			}
			if told := service.log.lines("kind=alert", lostApp); len(told) != 0 {
				t.Errorf("told %q, want nothing: nobody is needed", told)
			}
			for name, text := range map[string]string{
				"the log": service.log.String(), "the history": f.rig.rr("history", "--turns", "-n", "1000", "-o", "json").stdout, "collect": f.rig.rr("collect", "-o", "json").stdout,
			} {
				if strings.Contains(text, "s3cret-of-api") {
					t.Errorf("%s holds the environment of api", name)
				}
			}
		})
	}
	t.Run("without a backup a person is told, once", func(t *testing.T) {
		t.Parallel()
		f := lostAppIn(t, "7", false)
		service := f.rig.run()
		f.rig.turns(1)
		await(t, "a person to be told", func() bool {
			return len(service.log.lines("kind=alert", lostApp, "nor a backup of that holds it")) == 1
		})
		f.rig.turns(10)
		if told := service.log.lines("kind=alert", lostApp); len(told) != 1 {
			t.Errorf("told %d times: %q", len(told), told)
		}
		if len(livesOf(t, f.pm2.Home, "api")) != 0 {
			t.Error("api was started from nothing")
		}
		f.nothingElse()
	})
}

// (5) What PM2 runs of an app and what it saved are spoilt in the same way. Every
// other rung is tried first and in vain; then the app comes back with the settings
// of a backup.
func TestALostAppIsMadeAnewFromABackupOnceNothingElseHasHelped(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			f := &backedUpFleet{t: t, pm2: pm2test.New(t, version)}
			api := pm2test.Sleeper("api")
			f.pm2.StartApps(api)
			f.pm2.Run("save")
			f.rig = newRig(t, settings{home: f.pm2.Home, command: f.pm2.Bin, expect: []string{"api"}, more: brisk + unlimited + keptPlain(f.pm2) +
				"pm2: local: ladder: {recreate: cooldown: \"1s\", restore_app: cooldown: \"1s\"}\nshadow: [{policy: \"policies.backup.set.due\"}]\n"}.String())
			if got := f.rig.rr("backup", "create", "pm2-local"); got.code != exitOK {
				t.Fatal(got)
			}
			f.before = f.fleet()
			f.pm2.Run("delete", "api")
			api.Args, api.MaxRestarts = []string{"no time"}, 1
			f.pm2.StartApps(api)
			await(t, "PM2 to give up on api", func() bool { return list(t, f.pm2)[0].Status == "errored" })
			f.pm2.Run("save")

			f.rig.run()
			f.rig.turns(1)
			await(t, "api to be back and verified", f.rig.recovered("api"))
			if now := f.fleet(); !slices.Equal(now, f.before) {
				t.Errorf("PM2 has %q, want %q", now, f.before)
			}
			var verbs []string
			for _, a := range slices.Backward(f.rig.history().of("api").Attempts) {
				verbs = append(verbs, a.Action.Verb+" "+a.State)
			}
			if want := []string{"pm2.restart failed", "pm2.restart failed", "pm2.stop_start failed", "pm2.recreate failed", "pm2.restore_app recovered"}; !slices.Equal(verbs, want) {
				t.Errorf("attempts %q, want %q", verbs, want)
			}
		})
	}
}
