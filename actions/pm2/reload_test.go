package pm2_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	act "rr/actions/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
	"rr/schemas"
)

const webID, webID1 = schemas.ID("pm2/local/process/web"), schemas.ID("pm2/local/process/web#1")

func TestReloadFailsNoRequest(t *testing.T) {
	real(t, func(t *testing.T, version string) {
		port := freePort(t)
		web := pm2test.HTTP(t, "web", port)
		web.ExecMode, web.Instances = "cluster", 2
		p := pm2test.Start(t, version, web, pm2test.Sleeper("api"))
		url := fmt.Sprintf("http://127.0.0.1:%d/", port)
		pm2test.Eventually(t, "it serves", func() bool { return get(url) == nil })
		reload := act.Reload{Homes: homesOf(p)}
		seen := look(t, p.Home)

		stop := hammer(url)
		does(t, reload, webID, seen)
		if online(t, p.Home, webID1) != *seen.Processes[webID1].PID || online(t, p.Home, webID) == *seen.Processes[webID].PID {
			t.Errorf("reload of one worker made %+v of %+v", look(t, p.Home).Processes, seen.Processes)
		}
		refuses(t, reload, webID, seen, "started anew")
		twoAtOnce(t, reload, webID1, seen)
		if n, err := stop(); err != nil || n < 20 {
			t.Errorf("of %d requests one failed: %v", n, err)
		}
		refuses(t, reload, api, seen, "restart it")
		if online(t, p.Home, api) != *seen.Processes[api].PID {
			t.Error("a process that was not named was started anew")
		}
		pm2test.Eventually(t, "the daemon has two workers and api", func() bool {
			table, err := procfs.FS{}.Table()
			must(t, err)
			return len(table.Descendants(p.DaemonPID())) == 3
		})
	})
}

// hammer sends requests one after the other until its result is asked for: how
// many there were, and the first failure.
func hammer(url string) (stop func() (int, error)) {
	var wg sync.WaitGroup
	var ended atomic.Bool
	var failed error
	n := 0
	wg.Go(func() {
		for ; !ended.Load() && failed == nil; n++ {
			failed = get(url)
			time.Sleep(2 * time.Millisecond)
		}
	})

	return func() (int, error) {
		ended.Store(true)
		wg.Wait()
		return n, failed
	}
}

func get(url string) error {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)

	return err
}

// freePort gives a port of the loopback that nobody has just now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()

	return l.Addr().(*net.TCPAddr).Port
}

func TestReloadRefusesWhatPM2WouldRestart(t *testing.T) {
	for _, c := range []struct{ name, status, mode, lock, want string }{
		{"a process in fork mode", "online", "fork_mode", "", "fork_mode"},
		{"a process in no mode that PM2 tells", "online", "", "", "an unknown mode"},
		{"a cluster worker that is stopped", "stopped", "cluster_mode", "", "restart it"},
		{"a cluster worker that waits", "waiting restart", "cluster_mode", "", "restart it"},
		{"a cluster worker while a person reloads", "online", "cluster_mode", fmt.Sprint(time.Now().UnixMilli()), "reload.lock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDaemon(t, listedWith(os.Getpid(), c.status, `"exec_mode":"`+c.mode+`"`), nil)
			if c.lock != "" {
				must(t, os.WriteFile(filepath.Join(d.Home, "reload.lock"), []byte(c.lock), 0o600))
			}
			refuses(t, act.Reload{Homes: d.homes}, api, seen(3, os.Getpid(), c.status), c.want)
			d.wantCalls(t)
		})
	}
}

func TestReloadIsNotKeptByALockThatWasLeft(t *testing.T) {
	for name, lock := range map[string]string{
		"an old one":        fmt.Sprint(time.Now().Add(-time.Minute).UnixMilli()),
		"one of the future": fmt.Sprint(time.Now().Add(time.Hour).UnixMilli()),
		"an empty one":      "",
		"one that is none":  "yes",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t, listedWith(os.Getpid(), "online", `"exec_mode":"cluster_mode"`), nil)
			must(t, os.WriteFile(filepath.Join(d.Home, "reload.lock"), []byte(lock), 0o600))
			does(t, act.Reload{Homes: d.homes}, api, seen(3, os.Getpid(), "online"))
			d.wantCalls(t, `reloadProcessId[{"id":3}]`)
		})
	}
}
