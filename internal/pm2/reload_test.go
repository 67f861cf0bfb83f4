package pm2_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

func TestReloadFailsNoRequest(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		port := freePort(t)
		app := pm2test.HTTP(t, "web", port)
		app.ExecMode, app.Instances = "cluster", 2
		p := pm2test.Start(t, version, app)
		c := client(t, p.Home)
		ctx := within(t, 60*time.Second)
		url := fmt.Sprintf("http://127.0.0.1:%d/", port)
		pm2test.Eventually(t, "it serves", func() bool { _, err := get(url); return err == nil })
		before := mustList(t, c)

		load := hammer(url)
		for _, worker := range before {
			must(t, c.Reload(ctx, worker.ID))
		}
		after := mustList(t, c)
		answers, failed := load()
		if failed != nil {
			t.Errorf("a request failed while reloading: %v", failed)
		}
		if len(after) != 2 || after[0].Status != "online" || after[0].PID == before[0].PID || after[1].PID == before[1].PID {
			t.Errorf("Reload made %+v of %+v", after, before)
		}
		pm2test.Eventually(t, "the workers report", func() bool {
			worker := mustList(t, c)[0]
			return worker.EventLoopP50.N > 0 && worker.EventLoopP95.N >= worker.EventLoopP50.N && worker.HeapUsage.N > 0 && worker.HeapUsage.N <= 100
		})
		must(t, c.Stop(ctx, after[0].ID))
		if stopped := mustList(t, c)[0]; stopped.HeapUsage.Known || stopped.EventLoopP50.Known {
			t.Errorf("a stopped worker reports %+v", stopped)
		}
		total := 0
		for _, n := range answers {
			total += n
		}
		if total < 20 || len(answers) < 2 {
			t.Errorf("the load was none: %v", answers)
		}
	})
}

// hammer sends requests one after the other from two sides until its result is
// asked for: how often each worker answered, and the first failure.
func hammer(url string) (stop func() (answers map[string]int, failed error)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var ended atomic.Bool
	var failed error
	answers := map[string]int{}
	for range 2 {
		wg.Go(func() {
			for !ended.Load() {
				answer, err := get(url)
				mu.Lock()
				answers[answer]++
				failed = errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	return func() (map[string]int, error) {
		ended.Store(true)
		wg.Wait()
		return answers, failed
	}
}

func get(url string) (string, error) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// freePort gives a port of the loopback that nobody has just now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestClientWorksUnderPM2Runtime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a real PM2 daemon")
	}
	p := pm2test.StartRuntime(t, "7", pm2test.Sleeper("api"))
	c := client(t, p.Home)
	ctx := within(t, 30*time.Second)
	pm2test.Eventually(t, "the app is online", func() bool {
		apps, err := c.List(ctx)
		return err == nil && len(apps) == 1 && apps[0].Status == "online"
	})
	status := wantState(t, p.Home, pm2.Serving)
	if status.PID != p.DaemonPID() || status.UID != os.Getuid() || !strings.HasPrefix(status.Version, "7.") {
		t.Errorf("Probe = %+v, want pid %d", status, p.DaemonPID())
	}
	_, events := subscribe(t, p.Home, 256)
	await(t, events, "connected", ofKind(pm2.EventConnected))
	before := only(t, c)
	must(t, c.Restart(ctx, before.ID))
	await(t, events, "online", process("online"))
	if after := only(t, c); after.PID == before.PID || after.Status != "online" {
		t.Errorf("Restart made %+v of %+v", after, before)
	}
	if found := orphans(t, p.Home, status.PID); len(found) != 0 {
		t.Errorf("Orphans under pm2-runtime = %+v, want none", found)
	}
}
