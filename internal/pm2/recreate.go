package pm2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// recreateTimeout bounds the second half of Recreate and the look after it.
const (
	recreateTimeout = 60 * time.Second
	lookTimeout     = 5 * time.Second
)

var errOneDaemon = errors.New("the client does not stay with one daemon, and ids count anew in the next")

// Recreate deletes the process with this id and starts the entry of a dump in
// its place, with the entry's settings and environment and under a new id; one
// that was saved as stopped is stopped then. It is for a process whose settings
// in PM2 are spoilt, where a restart would keep them.
//
// Everything is looked at before anything is deleted: the entry is complete,
// the client is of OneDaemon, and the id is that instance of that app. Once
// the process is deleted the end of ctx does not keep the entry from being
// started. An error says whether it was deleted and what PM2 has of the name now.
func Recreate(ctx context.Context, c *Client, id int, entry DumpEntry) error {
	app, err := recreatable(ctx, c, id, entry)
	if err != nil {
		return fmt.Errorf("recreate %d: nothing was deleted: %w", id, err)
	}
	if app.Watch.B {
		if err := c.StopWatch(ctx, id); err != nil {
			return fmt.Errorf("recreate %s: nothing was deleted: %w", entry.Name, err)
		}
	}
	if err := c.Delete(ctx, id); err != nil {
		return fmt.Errorf("recreate %s: %w (%s)", entry.Name, err, stands(ctx, c.Home, entry.Name))
	}
	begun, cancel := context.WithTimeout(context.WithoutCancel(ctx), recreateTimeout)
	defer cancel()
	if err := c.Prepare(begun, entry); err != nil {
		return fmt.Errorf("recreate %s: %d was deleted, but start the entry: %w (%s)", entry.Name, id, err, stands(ctx, c.Home, entry.Name))
	}
	return nil
}

// recreatable gives the process that is to be replaced.
func recreatable(ctx context.Context, c *Client, id int, entry DumpEntry) (App, error) {
	if err := entry.Problem(); err != nil {
		return App{}, err
	}
	if !c.OneDaemon {
		return App{}, errOneDaemon
	}
	apps, err := c.List(ctx)
	if err != nil {
		return App{}, err
	}
	at := slices.IndexFunc(apps, func(app App) bool { return app.ID == id })
	switch {
	case at < 0 || id < 0:
		return App{}, errors.New("PM2 has no such process")
	case apps[at].Name != entry.Name:
		return App{}, fmt.Errorf("it is %s, and the entry is of %s", apps[at].Name, entry.Name)
	case apps[at].Instance.Known && entry.Instance.Known && apps[at].Instance != entry.Instance:
		return App{}, fmt.Errorf("it is instance %d of %s, and the entry is of instance %d", apps[at].Instance.N, entry.Name, entry.Instance.N)
	}
	return apps[at], nil
}

// stands tells what PM2 has of a name now. It asks over a connection of its own
// and after the end of ctx too, since that may be why it is asked.
func stands(ctx context.Context, home, name string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	client := &Client{Home: home}
	defer client.Close()
	apps, err := client.List(ctx)
	if err != nil {
		return fmt.Sprintf("what PM2 has of it now is not known: %v", err)
	}
	var has []string
	for _, app := range apps {
		if app.Name == name {
			has = append(has, fmt.Sprintf("%d %s", app.ID, app.Status))
		}
	}
	if len(has) == 0 {
		return "PM2 has none of it now"
	}
	return "PM2 has of it now: " + strings.Join(has, ", ")
}
