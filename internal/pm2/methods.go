package pm2

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Report is what the daemon says of itself. Its own environment, which it also
// sends, is not read.
type Report struct {
	Version     string
	NodeVersion string
	StartedAt   time.Time // another one after each start of the daemon; zero when unknown
	UID         Int
}

var errID = errors.New("negative process id")

// Ping asks the daemon for a sign of life.
func (c *Client) Ping(ctx context.Context) error {
	return c.do(ctx, pingRequest())
}

// Version asks for the daemon's version, such as "7.0.4".
func (c *Client) Version(ctx context.Context) (string, error) {
	var version string
	err := c.call(ctx, versionRequest(), func(result *scanner) error {
		version = stringValue(result.value())
		if version == "" {
			return errMalformed
		}
		return nil
	})
	return version, err
}

// Report asks the daemon about itself.
func (c *Client) Report(ctx context.Context) (Report, error) {
	var report Report
	err := c.call(ctx, reportRequest(), func(result *scanner) error {
		var err error
		report, err = decodeReport(result)
		return err
	})
	return report, err
}

// List asks for every process that the daemon knows, its own modules included.
func (c *Client) List(ctx context.Context) ([]App, error) {
	var apps []App
	err := c.call(ctx, listRequest(), func(result *scanner) error {
		var err error
		apps, err = decodeList(result)
		return err
	})
	return apps, err
}

// Restart stops the process when it runs and starts it, with the environment
// and configuration that it has. It gives a process that PM2 gave up on a new
// budget of starts. PM2 refuses it while the process waits for a restart: Stop
// first. As with every action, an answer without error says that PM2 tried, not
// that anything runs now.
func (c *Client) Restart(ctx context.Context, id int) error { return c.act(ctx, id, restartRequest) }

// Reload replaces an online cluster process without downtime; any other it
// restarts.
func (c *Client) Reload(ctx context.Context, id int) error { return c.act(ctx, id, reloadRequest) }

// Start starts a process that is stopped; an error when it is not.
func (c *Client) Start(ctx context.Context, id int) error { return c.act(ctx, id, startRequest) }

// Stop ends the process and keeps it in the list. A process with cron_restart
// comes back, and so does a watched one: StopWatch first.
func (c *Client) Stop(ctx context.Context, id int) error { return c.act(ctx, id, stopRequest) }

// StopWatch ends the watching of an app's files, as pm2 does before it stops or
// deletes one.
func (c *Client) StopWatch(ctx context.Context, id int) error {
	return c.act(ctx, id, stopWatchRequest)
}

// Reset sets the counts of restarts to zero.
func (c *Client) Reset(ctx context.Context, id int) error { return c.act(ctx, id, resetRequest) }

// Delete stops the process and forgets it.
func (c *Client) Delete(ctx context.Context, id int) error { return c.act(ctx, id, deleteRequest) }

// NotifyRestart tells the bus that a person restarted the process, as pm2 does
// after a restart. It does nothing else.
func (c *Client) NotifyRestart(ctx context.Context, id int) error {
	return c.act(ctx, id, notifyRestartRequest)
}

// Prepare starts an app as the dump has it: the way to bring back one lost app
// while the daemon lives. PM2 gives it a new id. An entry that is not complete
// is refused and not sent.
func (c *Client) Prepare(ctx context.Context, e DumpEntry) error {
	if err := e.Problem(); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	return c.do(ctx, prepareRequest(e))
}

func (c *Client) act(ctx context.Context, id int, ask func(int) request) error {
	if id < 0 {
		return errID
	}
	return c.do(ctx, ask(id))
}

// do calls for the effect; the answer, often the whole process with its
// environment, is not read.
func (c *Client) do(ctx context.Context, q request) error {
	return c.call(ctx, q, func(result *scanner) error {
		result.value()
		return nil
	})
}

func decodeReport(s *scanner) (Report, error) {
	var report Report
	ok := s.object(func(key []byte) {
		switch string(key) {
		case "pm2_version":
			report.Version = stringValue(s.value())
		case "node_version":
			report.NodeVersion = stringValue(s.value())
		case "started_at":
			report.StartedAt = intValue(s.value()).Time()
		case "uid":
			report.UID = intValue(s.value())
		default:
			s.value()
		}
	})
	if !ok || s.bad {
		return Report{}, errMalformed
	}
	return report, nil
}
