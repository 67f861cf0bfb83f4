package pm2

import (
	"context"
	"fmt"
	"time"
)

// updateTimeout is longer than DefaultCLITimeout: an update that is ended half
// way leaves a home without daemon and apps.
const updateTimeout = 5 * time.Minute

// UpdateDaemon runs `pm2 update`: it saves the list to dump.pm2, ends the daemon
// with all its apps and starts the installed version of PM2 and the apps anew.
// It is for a person to ask for, never for a policy. The new daemon gets the
// environment that CLI passes on, not that of the old one. It is refused while
// no daemon serves.
//
// Once the command has begun, the end of ctx does not end it: CLI.Timeout does,
// five minutes where it is 0. After an error look at the daemon, and Resurrect
// a dead or an absent one.
func (c CLI) UpdateDaemon(ctx context.Context) (CLIResult, error) {
	return c.guarded(ctx, command{
		args: []string{"update"}, under: []State{Serving}, toItsEnd: true, timeout: updateTimeout, verify: c.replaced,
	})
}

// replaced looks whether another daemon serves now.
func (c CLI) replaced(ctx context.Context, before Status) error {
	now := Probe(ctx, c.Home)
	switch {
	case now.State != Serving:
		return fmt.Errorf("the daemon is %s afterwards: %s", now.State, now.Note)
	case now.PID == before.PID:
		return fmt.Errorf("the daemon %d is still the old one", now.PID)
	}
	return nil
}
