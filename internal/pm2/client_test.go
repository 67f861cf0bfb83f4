package pm2_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// client gives one that is closed before the test ends.
func client(t *testing.T, home string) *pm2.Client {
	t.Helper()
	c := &pm2.Client{Home: home}
	t.Cleanup(func() { c.Close() })
	return c
}

const twoApps = `[{"name":"api","pm_id":0,"pid":11,"pm2_env":{"status":"online"}},{"name":"web","pm_id":1,"pm2_env":{"status":"errored"}}]`

// answering answers version and list; everything else with "true".
func answering(c *pm2test.FakeConn, call pm2test.FakeCall) {
	switch call.Method {
	case "getVersion":
		c.Answer(call, `"7.0.4"`)
	case "getMonitorData":
		c.Answer(call, twoApps)
	default:
		c.Answer(call, `true`)
	}
}

func TestClientTellsAnswersApartByTheirID(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		if call.Method == "getMonitorData" {
			time.Sleep(20 * time.Millisecond) // so that later calls overtake it
		}
		c.Write(pm2test.Message(`j:{"args":["nobody asked"]}`, "s:another"))
		answering(c, call)
		answering(c, call) // PM2 7 answers some calls twice
	})
	c := client(t, d.Home)
	ctx := within(t, 10*time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if apps, err := c.List(ctx); err != nil || len(apps) != 2 {
				t.Errorf("List = %v, %v, want two apps", apps, err)
			}
		})
		wg.Go(func() {
			if v, err := c.Version(ctx); err != nil || v != "7.0.4" {
				t.Errorf("Version = %q, %v", v, err)
			}
		})
	}
	wg.Wait()
}

func TestClientGivesTheDaemonsOwnError(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		c.Refuse(call, "process already online")
	})
	err := client(t, d.Home).Start(within(t, 5*time.Second), 0)
	var remote *pm2.RemoteError
	if !errors.As(err, &remote) || remote.Text != "process already online" {
		t.Errorf("Start = %v, want the daemon's error", err)
	}
	if strings.Contains(err.Error(), "somewhere") {
		t.Errorf("Start = %v, with the daemon's stack", err)
	}
}

func TestClientSaysThatTheOutcomeIsUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		script func(*pm2test.FakeConn, pm2test.FakeCall)
		closed bool
	}{
		"when the daemon dies in the call": {func(c *pm2test.FakeConn, _ pm2test.FakeCall) { c.Close() }, true},
		"when half an answer comes": {func(c *pm2test.FakeConn, call pm2test.FakeCall) {
			c.Write(pm2test.Message(`j:{"args":[1]}`, "s:"+call.ID)[:12])
			c.Close()
		}, true},
		"when the answer is too long": {func(c *pm2test.FakeConn, _ pm2test.FakeCall) {
			c.Write([]byte{0x12, 0xff, 0xff, 0xff, 0xff})
		}, true},
		"when the answer is no message": {func(c *pm2test.FakeConn, _ pm2test.FakeCall) {
			c.Write([]byte("HTTP/1.1 400 Bad Request\r\n"))
		}, true},
		"when no answer comes": {func(*pm2test.FakeConn, pm2test.FakeCall) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := pm2test.NewFakeDaemon(t, test.script)
			wait := 5 * time.Second
			if !test.closed {
				wait = 50 * time.Millisecond
			}
			err := client(t, d.Home).Restart(within(t, wait), 0)
			if !errors.Is(err, pm2.ErrOutcomeUnknown) || errors.Is(err, pm2.ErrClosed) != test.closed {
				t.Errorf("Restart = %v, want outcome unknown and closed %t", err, test.closed)
			}
			if !test.closed && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Restart = %v, want the deadline in it", err)
			}
		})
	}
}

func TestClientDoesNotTakeALongerAnswerThanItMay(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(c *pm2test.FakeConn, call pm2test.FakeCall) {
		c.Answer(call, `"`+strings.Repeat("x", 2000)+`"`)
	})
	c := &pm2.Client{Home: d.Home, MaxMessage: 1000}
	defer c.Close()
	if _, err := c.Version(within(t, 5*time.Second)); !errors.Is(err, pm2.ErrClosed) || !strings.Contains(err.Error(), "message too long") {
		t.Errorf("Version = %v, want message too long", err)
	}
}

func TestClientConnectsAgainAfterTheConnectionBroke(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	c, one := client(t, d.Home), &pm2.Client{Home: d.Home, OneDaemon: true}
	defer one.Close()
	ctx := within(t, 10*time.Second)
	for _, each := range []*pm2.Client{c, one} {
		if err := each.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	d.Stop()
	pm2test.Eventually(t, "a call notices that the daemon is gone", func() bool {
		err := c.Ping(ctx)
		return err != nil && !errors.Is(err, pm2.ErrOutcomeUnknown)
	})
	d.Listen()
	if apps, err := c.List(ctx); err != nil || len(apps) != 2 {
		t.Errorf("List of the next daemon = %v, %v, want two apps", apps, err)
	}
	pm2test.Eventually(t, "a client of one daemon stays away from the next", func() bool {
		return errors.Is(one.Ping(ctx), pm2.ErrAnotherDaemon)
	})
}

func TestClientLeavesNothingBehindAfterClose(t *testing.T) {
	before := runtime.NumGoroutine()
	d := pm2test.NewFakeDaemon(t, func(*pm2test.FakeConn, pm2test.FakeCall) {})
	c, err := pm2.Dial(within(t, 5*time.Second), d.Home)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- c.Ping(context.Background()) }()
	time.Sleep(20 * time.Millisecond)
	c.Close()
	if err := <-done; !errors.Is(err, pm2.ErrClosed) {
		t.Errorf("Ping during Close = %v, want %v", err, pm2.ErrClosed)
	}
	if err := c.Ping(t.Context()); !errors.Is(err, pm2.ErrClientClosed) {
		t.Errorf("Ping after Close = %v, want %v", err, pm2.ErrClientClosed)
	}
	d.Stop()
	pm2test.Eventually(t, fmt.Sprintf("at most %d goroutines", before), func() bool { return runtime.NumGoroutine() <= before })
}

func TestClientSendsNothingForAnIDOrEntryThatIsNone(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, func(_ *pm2test.FakeConn, call pm2test.FakeCall) { t.Errorf("%s was sent", call.Method) })
	c := client(t, d.Home)
	ctx := within(t, 5*time.Second)
	if err := c.Restart(ctx, -1); err == nil {
		t.Error("Restart(-1) gave no error")
	}
	if err := c.Prepare(ctx, pm2.DumpEntry{Name: "api"}); err == nil {
		t.Error("Prepare of an empty entry gave no error")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Restart(gone, 1); !errors.Is(err, context.Canceled) || errors.Is(err, pm2.ErrOutcomeUnknown) {
		t.Errorf("Restart with an ended context = %v, want it and nothing sent", err)
	}
	time.Sleep(20 * time.Millisecond)
}

func TestClientKnowsWhoServes(t *testing.T) {
	d := pm2test.NewFakeDaemon(t, answering)
	peer, err := client(t, d.Home).Peer(within(t, 5*time.Second))
	if err != nil || peer.PID != os.Getpid() || peer.UID != os.Getuid() {
		t.Errorf("Peer = %+v, %v, want this process", peer, err)
	}
}
