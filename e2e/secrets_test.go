package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
	"rr/schemas"
)

// secretNames are names under which secrets are kept.
var secretNames = []string{"GITHUB_TOKEN", "NETLIFY_AUTH_TOKEN", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "namespace_secret"}

// The beginnings of all canaries, by who has them in its environment.
const ofApp, ofDaemon, ofRR = "canary-of-the-app", "canary-of-the-daemon", "canary-of-rr"

func canaries(of string) map[string]string {
	env := map[string]string{}
	for i, name := range secretNames {
		env[name] = fmt.Sprintf("%s-%d", of, i)
	}

	return env
}

func lines(env map[string]string) []string {
	var all []string
	for name, value := range env {
		all = append(all, name+"="+value)
	}

	return all
}

// (6) Secrets in the environment of apps, of the daemon and of rr itself get
// into nothing that rr writes or prints, and none of rr's into the daemon that
// it brings back.
func TestSecretsGetNowhere(t *testing.T) {
	t.Parallel()
	p, api := fleetWithSecrets(t)
	r := forPM2(t, p, "api", "gone")
	r.env = append(r.env, lines(canaries(ofRR))...)
	said := &buffer{}
	say := func(args ...string) {
		got := r.rr(args...)
		fmt.Fprintln(said, got)
	}
	say("collect", "-o", "json")
	say("eval", "--explain", "--facts", "-o", "json")
	say("-v", "run", "--dry-run", "--once")
	service := r.run("-v", "--log", "json")
	await(t, "api to be recovered", r.recovered("api"))

	killed := p.DaemonPID()
	holds(t, environment(t, killed), ofDaemon, "the daemon's environment")
	p.KillDaemon(syscall.SIGKILL)
	await(t, "the daemon to be brought back", func() bool {
		return slices.ContainsFunc(r.history().Attempts, func(a schemas.Attempt) bool {
			return a.Action.Target == daemonID && a.State == schemas.AttemptRecovered
		})
	})
	brought := p.DaemonPID()
	if brought == 0 || brought == killed {
		t.Fatalf("daemon is %d after %d", brought, killed)
	}
	lacks(t, environment(t, brought), "the environment of the daemon that rr started", ofRR, ofDaemon, ofApp)
	for _, pid := range livesOf(t, p.Home, "api") {
		holds(t, environment(t, pid), ofApp, "the app's environment, from the dump")
		lacks(t, environment(t, pid), "the app's environment", ofRR)
	}

	for _, format := range []string{"table", "json", "yaml"} {
		for _, args := range [][]string{{"status"}, {"history", "--turns"}, {"why"}, {"eval", "--turn", "1"}, {"policies", "list"}, {"check"}} {
			args = append(args, "-o", format)
			if args[0] == "why" {
				args = append(args, "api")
			}
			say(args...)
		}
	}
	for _, turn := range r.history().Turns {
		say("history", "show", "-o", "json", fmt.Sprint(turn.Turn))
	}
	say("act", "pm2.restart", "pm2/local/process/api")
	service.stop()

	all := []string{ofApp, ofDaemon, ofRR}
	lacks(t, said.String(), "what commands print", all...)
	lacks(t, service.log.String(), "the log", all...)
	for path, b := range files(t, r.path(".rr")) {
		lacks(t, string(b), path, all...)
	}
	holds(t, said.String(), "pm2/local/process/api", "what commands print")
	if api.starts() == api.before {
		t.Error("rr restarted nothing, so this showed nothing")
	}
}

// fleetWithSecrets is a PM2 7 whose daemon and apps have canaries, the daemon's
// not in its dump, with an errored app whose cause to fail is gone.
func fleetWithSecrets(t *testing.T) (*pm2test.PM2, fragile) {
	t.Helper()
	api := newFragile(t, "api")
	api.app.Env, api.app.Args = canaries(ofApp), append(api.app.Args, ofApp+"-argument")
	p := pm2test.New(t, "7")
	start := exec.Command(p.Bin, "ping")
	start.Env = append(p.Environ(), lines(canaries(ofDaemon))...)
	start.Dir, start.WaitDelay = p.Home, 200*time.Millisecond
	if out, err := start.CombinedOutput(); err != nil && p.DaemonPID() == 0 {
		t.Fatalf("pm2 ping: %v\n%s", err, out)
	}
	p.StartApps(api.app)
	errored(t, p, "api")
	p.Run("save")
	api.mend()
	api.before = api.starts()

	return p, api
}

// files are all files below a folder.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		all[path], err = os.ReadFile(path)

		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("files of %s: %v, %v", dir, slices.Collect(maps.Keys(all)), err)
	}

	return all
}

func holds(t *testing.T, text, part, what string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s does not hold %q", what, part)
	}
}

// lacks fails with what stands around what should not be there.
func lacks(t *testing.T, text, what string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if i := strings.Index(text, part); i >= 0 {
			around := text[max(0, i-200):min(len(text), i+100)]
			t.Errorf("%s holds %q:\n%s", what, part, bytes.ToValidUTF8([]byte(around), []byte("?")))
		}
	}
}
