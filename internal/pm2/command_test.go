package pm2_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

func TestStartEcosystemStartsOnlyWhatIsNamedAndLeaksNothing(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		ctx := within(t, 100*time.Second)
		p := pm2test.New(t, version)
		cli := pm2.CLI{Home: p.Home, Path: p.Bin}
		folder := t.TempDir()
		must(t, os.WriteFile(filepath.Join(folder, "run.sh"), []byte("#!/bin/sh\nexec sleep 3600\n"), 0o755))
		file := filepath.Join(folder, "ecosystem.config.cjs")
		must(t, os.WriteFile(file, []byte(`module.exports = {apps: ["api", "web", "job"].map(name => ({
			name, script: "./run.sh", interpreter: "none", env: {OWN: "base"}, env_staging: {OWN: "staging"}}))}`), 0o600))

		if _, err := cli.StartEcosystem(ctx, file, []string{"api"}, ""); !errors.Is(err, pm2.ErrRefused) {
			t.Errorf("StartEcosystem without a daemon = %v, want %v", err, pm2.ErrRefused)
		}
		wantState(t, p.Home, pm2.Absent)
		p.Run("ping")
		result, err := cli.StartEcosystem(ctx, file, []string{"api", "web"}, "staging")
		if err != nil || result.Output == "" {
			t.Fatalf("StartEcosystem: %v\n%s", err, result.Output)
		}
		c := client(t, p.Home)
		apps := mustList(t, c)
		if len(apps) != 2 || apps[0].Name != "api" || apps[1].Name != "web" || apps[0].Status != "online" || apps[0].CWD != folder {
			t.Fatalf("after StartEcosystem: %+v\n%s", apps, result.Output)
		}
		env := environ(t, apps[0].PID)
		if env["OWN"] != "staging" || env["PATH"] != os.Getenv("PATH") {
			t.Errorf("the app got OWN=%q and PATH=%q", env["OWN"], env["PATH"])
		}
		wantNoneOfOurs(t, env)
		if _, err := cli.StartEcosystem(ctx, file, []string{"nosuch"}, ""); err == nil || !strings.Contains(err.Error(), "nosuch") {
			t.Errorf("StartEcosystem of an app that the file does not have = %v, want an error with its name", err)
		}

		daemon := p.DaemonPID()
		if result, err = cli.UpdateDaemon(ctx); err != nil {
			t.Fatalf("UpdateDaemon: %v\n%s", err, result.Output)
		}
		after := mustList(t, c)
		if now := p.DaemonPID(); now == 0 || now == daemon || len(after) != 2 || after[0].Status != "online" || after[0].PID == apps[0].PID {
			t.Errorf("after UpdateDaemon: daemon %d, was %d; %+v", now, daemon, after)
		}
		wantNoneOfOurs(t, environ(t, p.DaemonPID()))
	})
}

// wantNoneOfOurs holds an environment against that of this test.
func wantNoneOfOurs(t *testing.T, env map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		key, value, _ := strings.Cut(entry, "=")
		got, there := env[key]
		if there && got == value && !slices.Contains([]string{"PATH", "HOME", "USER", "LANG", "TZ"}, key) {
			t.Errorf("%s of this test was passed on", key)
		}
	}
	if _, there := env[leak]; there {
		t.Errorf("%s was passed on", leak)
	}
}

func TestStartEcosystemIsRefusedForWhatPM2WouldTakeForSomethingElse(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	cli := pm2.CLI{Home: d.Home, Path: script(t, "touch ran")}
	folder := t.TempDir()
	file := filepath.Join(folder, "apps.json")
	must(t, os.WriteFile(file, nil, 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "eco.js"), nil, 0o600))
	for what, test := range map[string]struct {
		file, env string
		only      []string
	}{
		"a relative path":              {"apps.json", "", []string{"api"}},
		"a file that is not there":     {file + ".json", "", []string{"api"}},
		"a script":                     {filepath.Join(folder, "eco.js"), "", []string{"api"}},
		"no app":                       {file, "", nil},
		"an app without a name":        {file, "", []string{"api", ""}},
		"an app that is two":           {file, "", []string{"a,b"}},
		"an app with a space":          {file, "", []string{"a b"}},
		"an app that is an option":     {file, "", []string{"--force"}},
		"an environment, but a option": {file, "--force", []string{"api"}},
	} {
		if _, err := cli.StartEcosystem(t.Context(), test.file, test.only, test.env); !errors.Is(err, pm2.ErrRefused) {
			t.Errorf("StartEcosystem of %s = %v, want %v", what, err, pm2.ErrRefused)
		}
	}
	if _, err := os.Stat(filepath.Join(d.Home, "ran")); err == nil {
		t.Error("the command was run")
	}
	if _, err := cli.StartEcosystem(t.Context(), file, []string{"api", "web"}, "production"); err != nil {
		t.Errorf("StartEcosystem of what is right = %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "ran")); err != nil {
		t.Errorf("the command was not run in the folder of the file: %v", err)
	}
}

func TestUpdateDaemonIsNotEndedHalfWay(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	cli := pm2.CLI{Home: d.Home, Path: script(t, "sleep 0.5; touch ran")}
	_, err := cli.UpdateDaemon(within(t, 200*time.Millisecond))
	if err == nil || !strings.Contains(err.Error(), "still the old one") {
		t.Errorf("UpdateDaemon = %v, want that the daemon is the old one", err)
	}
	if _, err := os.Stat(filepath.Join(d.Home, "ran")); err != nil {
		t.Errorf("the command was ended half way: %v", err)
	}
	d.Stop()
	if _, err := cli.UpdateDaemon(t.Context()); !errors.Is(err, pm2.ErrRefused) {
		t.Errorf("UpdateDaemon without a daemon = %v, want %v", err, pm2.ErrRefused)
	}
}

func TestVersionIsThatOfThePackageAndNothingIsRun(t *testing.T) {
	for _, version := range pm2test.Versions() {
		p := pm2test.New(t, version)
		link := filepath.Join(t.TempDir(), "pm2")
		must(t, os.Symlink(p.Bin, link))
		for _, path := range []string{p.Bin, link} {
			if got, err := (pm2.CLI{Home: p.Home, Path: path}).Version(t.Context()); err != nil || !strings.HasPrefix(got, version+".") {
				t.Errorf("Version of %s = %q, %v, want %s.…", path, got, err, version)
			}
		}
	}
	home := t.TempDir()
	for _, path := range []string{script(t, "touch ran"), filepath.Join(home, "none")} {
		if got, err := (pm2.CLI{Home: home, Path: path}).Version(t.Context()); err == nil {
			t.Errorf("Version of %s = %q, want an error", path, got)
		}
	}
	if _, err := os.Stat(filepath.Join(home, "ran")); err == nil {
		t.Error("the command was run")
	}
}
