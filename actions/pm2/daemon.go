package pm2

import (
	"context"
	"fmt"

	"rr/internal/pm2"
	"rr/schemas"
)

// serving is a daemon that was found to be what was seen.
type serving struct {
	home   string
	config schemas.PM2
	client *pm2.Client
	status pm2.Status
}

// withDaemon does something with the daemon that the target is, if it serves
// and is still the one that was seen, with no other act at work in the home.
func withDaemon(ctx context.Context, homes Homes, id schemas.ID, seen schemas.Snapshot, do func(context.Context, serving) (string, error)) (string, error) {
	home, config, err := homeOf(homes, id)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	leave, err := alone(ctx, home, id)
	if err != nil {
		return "", err
	}
	defer leave()

	d := serving{home: home, config: config, client: &pm2.Client{Home: home, OneDaemon: true}, status: pm2.Probe(ctx, home)}
	defer d.client.Close()
	if err := sameDaemon(seen.Daemons[id], d.status); err != nil {
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	if peer, err := d.client.Peer(ctx); err != nil || peer.PID != d.status.PID {
		return "", notBegun(id, fmt.Errorf("the daemon %d has just ended", d.status.PID))
	}
	note, err := do(ctx, d)

	return note, outcome(err)
}

// sameDaemon compares a daemon with what the decision was made on.
func sameDaemon(seen schemas.Daemon, now pm2.Status) error {
	switch {
	case now.State != pm2.Serving:
		return fmt.Errorf("the daemon is %s: %s", now.State, now.Note)
	case now.PID <= 0:
		return fmt.Errorf("the daemon serves, but its pid is not known")
	case seen.State != schemas.DaemonServing || seen.PID == nil:
		return fmt.Errorf("the daemon serves now; when it was looked at it did not")
	case *seen.PID != now.PID:
		return fmt.Errorf("it is another daemon now: its pid was %d and is %d", *seen.PID, now.PID)
	}

	return nil
}
