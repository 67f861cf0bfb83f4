package pm2

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// Recreate is pm2.recreate: it deletes a process from PM2 and starts the same
// instance of it from dump.pm2, for one whose settings in PM2 are spoilt.
type Recreate struct{ Homes Homes }

// Act replaces the target by its saved entry.
func (r Recreate) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return aloneWithProcess(ctx, r.Homes, a.Target, seen, func(ctx context.Context, c *pm2.Client, app pm2.App) (string, error) {
		dump, err := pm2.ReadDump(c.Home)
		if err != nil {
			return "", fmt.Errorf("%w: nothing to start it from: %w", schemas.ErrRefused, err)
		}
		entry, err := savedEntry(dump, a.Target)
		if err != nil {
			return "", fmt.Errorf("%w: dump.pm2 of %s: %w", schemas.ErrRefused, dump.SavedAt.Format(time.RFC3339), err)
		}
		if err := pm2.Recreate(ctx, c, app.ID, entry); err != nil {
			return "", recreateError(err)
		}
		note := fmt.Sprintf("deleted and started from dump.pm2 of %s", dump.SavedAt.Format(time.RFC3339))
		if entry.Status == "stopped" {
			note += ", in which it is stopped"
		}

		return note, nil
	})
}

// savedEntry finds the entry of the same name and instance, numbered as those
// of a list are.
func savedEntry(dump pm2.Dump, id schemas.ID) (pm2.DumpEntry, error) {
	at, found := pm2.FindApp(dump.Apps(), id.Name(), id.Instance())
	if !found {
		return pm2.DumpEntry{}, fmt.Errorf("it holds no %s, instance %d", id.Name(), id.Instance())
	}

	return dump.Entries[at], dump.Entries[at].Problem()
}

// recreateError keeps what the error says of how things stand, but of what PM2
// says only what cannot quote the entry.
func recreateError(err error) error {
	var remote *pm2.RemoteError
	if !errors.As(err, &remote) {
		return err
	}
	said := fmt.Sprintf("PM2 refused %s: %s", remote.Method, clip(remote.Text))
	if remote.Method == "prepare" {
		said = "PM2 refused the entry"
	}

	return errors.New(strings.ReplaceAll(err.Error(), remote.Error(), said))
}
