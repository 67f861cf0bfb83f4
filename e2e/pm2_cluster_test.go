package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/schemas"
)

// (1) One instance of a cluster uses too much memory. rr replaces that one
// only, by a reload, and no request fails meanwhile.
func TestOneBadInstanceOfAClusterIsReloadedWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			web := pm2test.HTTP(t, "web", port)
			mended := filepath.Join(t.TempDir(), "mended")
			growing(t, web.Script, "1", mended)
			web.Instances, web.ExecMode = 2, "cluster"
			p := pm2test.Start(t, version, web, pm2test.Sleeper("well"))
			c := &client{url: fmt.Sprintf("http://127.0.0.1:%d/", port)}
			await(t, "web to serve", func() bool { return c.ask() == nil })
			r := newRig(t, settings{home: p.Home, more: brisk + "pm2: local: memory: {limit: \"200M\", for: \"1s\"}\n"}.String())
			await(t, "web#1 to be over its limit", func() bool { // the first to serve need not be the one that grows
				got := decode[collectedFacts](t, r.rr("collect", "-o", "json")).Snapshot.Processes["pm2/local/process/web#1"]
				return got.MemoryPct != nil && *got.MemoryPct >= 100
			})
			if err := os.WriteFile(mended, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			before := instances(t, p, "web")

			ends := c.askOn(t)
			r.run()
			await(t, "web#1 to be recovered", func() bool {
				attempts := r.history().Attempts
				return len(attempts) > 0 && attempts[0].State == schemas.AttemptRecovered
			})
			ends()

			if failed := c.failed.Load(); failed != 0 {
				t.Errorf("%d of %d requests failed, the first: %v", failed, c.asked.Load(), c.first.Load())
			}
			if asked := c.asked.Load(); asked < 100 {
				t.Errorf("only %d requests, want many", asked)
			}
			t.Logf("figure: %d requests, %d failed", c.asked.Load(), c.failed.Load())
			attempts := r.history().Attempts
			if len(attempts) != 1 || attempts[0].Action.Verb != "pm2.reload" || attempts[0].Action.Target != "pm2/local/process/web#1" {
				t.Errorf("attempts = %+v, want one pm2.reload of web#1", attempts)
			}
			now := instances(t, p, "web")
			if len(now) != 2 || now[0] != before[0] || now[1] == before[1] {
				t.Errorf("instances run as %v and ran as %v, want only the second anew", now, before)
			}
			await(t, "the instance that was replaced to have ended", func() bool {
				_, err := os.Stat(procPath(before[1], ""))
				return os.IsNotExist(err)
			})
		})
	}
}

// (4) (5) A loop is stopped where the configuration gives that rung attempts,
// stays stopped, and a person is told once.
func TestLoopIsStoppedWhereThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			loop := pm2test.Shell("loop", "sleep 0.2; exit 3")
			loop.MaxRestarts = 10_000
			p := pm2test.Start(t, version, loop, pm2test.Sleeper("well"))
			r := newRig(t, settings{home: p.Home, more: keen + "pm2: local: ladder: stop: {attempts: 1, cooldown: \"1s\"}\n"}.String())
			before := pids(t, p)["well"]
			service := r.run()
			await(t, "loop to be stopped by rr", func() bool {
				did := r.did("loop")
				return len(did) == 3 && strings.HasPrefix(did[2], "pm2.stop ")
			})
			await(t, "PM2 to say so", func() bool { return statuses(t, p)["loop"] == "stopped" })
			restarts := restartsOf(t, p, "loop")
			await(t, "the alert", func() bool { return len(service.log.lines("kind=alert", "process/loop ")) > 0 })
			r.turns(15)
			if did := r.did("loop"); len(did) != 3 || !slices.Equal(did[:2], []string{"pm2.restart failed", "pm2.stop_start failed"}) {
				t.Errorf("did %v, want a restart and a stop and start that failed, and a stop", did)
			}
			if got := statuses(t, p)["loop"]; got != "stopped" || restartsOf(t, p, "loop") != restarts {
				t.Errorf("loop is %s after %d restarts, want still stopped after %d", got, restartsOf(t, p, "loop"), restarts)
			}
			if told := service.log.lines("kind=alert", "process/loop "); len(told) != 1 {
				t.Errorf("told %d times, want once: %q", len(told), told)
			}
			if now := pids(t, p)["well"]; now != before {
				t.Errorf("well was started anew: its pid was %d and is %d", before, now)
			}
		})
	}
}

// growing gives one instance of a node app much memory until a file is there.
func growing(t *testing.T, script, instance, unless string) {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	first := fmt.Sprintf("if (process.env.NODE_APP_INSTANCE === %q && !require('fs').existsSync(%q)) globalThis.hog = Buffer.alloc(300 << 20, 1);\n", instance, unless)
	if err := os.WriteFile(script, append([]byte(first), text...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client asks a server on the loopback and counts.
type client struct {
	url           string
	asked, failed atomic.Int64
	first         atomic.Value // text of the first failure
}

func (c *client) ask() error {
	h := http.Client{Timeout: 20 * time.Second}
	response, err := h.Get(c.url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if _, noPID := strconv.Atoi(string(body)); err == nil && noPID != nil {
		return fmt.Errorf("answered %d: %q", response.StatusCode, body)
	}

	return err
}

// askOn asks again and again until it is told to end.
func (c *client) askOn(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			c.asked.Add(1)
			if err := c.ask(); err != nil && c.failed.Add(1) == 1 {
				c.first.Store(err.Error())
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	end = func() { cancel(); <-done }
	t.Cleanup(end)

	return end
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	return l.Addr().(*net.TCPAddr).Port
}

// appsOf are the instances of an app as PM2 has them, by its number.
func appsOf(t *testing.T, p *pm2test.PM2, name string) []pm2.App {
	t.Helper()
	apps := slices.DeleteFunc(list(t, p), func(app pm2.App) bool { return app.Name != name })
	slices.SortFunc(apps, func(a, b pm2.App) int { return a.ID - b.ID })

	return apps
}

// instances are the pids of an app's instances.
func instances(t *testing.T, p *pm2test.PM2, name string) []int {
	t.Helper()
	var all []int
	for _, app := range appsOf(t, p, name) {
		all = append(all, app.PID)
	}

	return all
}

func restartsOf(t *testing.T, p *pm2test.PM2, name string) int64 {
	t.Helper()
	apps := appsOf(t, p, name)
	if len(apps) != 1 {
		t.Fatalf("PM2 has %d of %s, want one", len(apps), name)
	}

	return apps[0].Restarts.N
}

// writeIdle writes a node app that does nothing.
func writeIdle(t *testing.T, script string) {
	t.Helper()
	if err := os.WriteFile(script, []byte("setInterval(() => {}, 1e6);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
