package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/urfave/cli/v2"

	"rr/internal/store"
	"rr/policies"
	"rr/runner"
	"rr/runner/config"
)

// opened is what a command that judges or acts starts from.
type opened struct {
	loaded config.Loaded
	engine *policies.Engine
	wiring *wiring
	runner *runner.Runner
	state  string // directory
	log    *slog.Logger
}

// load finds and validates the configuration.
func (m *Main) load(c *cli.Context) (config.Loaded, error) {
	path, _, err := config.Discover(common(c, "config"), m.Getenv, workingDir())
	if err != nil {
		return config.Loaded{}, usage(err)
	}
	loaded, err := config.Load(path)

	return loaded, usage(err)
}

// loadForState finds the configuration for the sake of the state beside it. Where
// it is there but not valid the path is returned with the error: what the
// journal holds can be read all the same.
func (m *Main) loadForState(c *cli.Context) (path string, err error) {
	path, _, err = config.Discover(common(c, "config"), m.Getenv, workingDir())
	if err != nil {
		if common(c, "state") != "" || m.Getenv("RR_STATE") != "" {
			return ".", usage(err)
		}
		return "", usage(err)
	}
	_, err = config.Load(path)

	return path, usage(err)
}

// open loads and compiles everything and makes a runner of it that has no
// journal yet.
func (m *Main) open(c *cli.Context) (*opened, error) {
	loaded, err := m.load(c)
	if err != nil {
		return nil, err
	}
	e, err := engine(loaded)
	if err != nil {
		return nil, err
	}
	now, err := m.now()
	if err != nil {
		return nil, err
	}
	log, err := m.logger(c)
	if err != nil {
		return nil, err
	}
	state := m.stateDir(common(c, "state"), loaded.Path)
	o := &opened{
		loaded: loaded, engine: e, wiring: m.newWiring(state), log: log, state: state,
		runner: &runner.Runner{Version: version(), Now: now, Log: log, Failpoint: m.Failpoint},
	}
	setup, err := o.wiring.setup(loaded, e)
	if err != nil {
		return nil, err
	}
	o.runner.Use(setup)

	return o, nil
}

// remember lets the runner recall what the journal holds, without a lock and
// without writing. Where there is none yet, nothing is remembered.
func (o *opened) remember(ctx context.Context) error {
	journal, err := store.OpenRead(o.state)
	if errors.Is(err, store.ErrNoJournal) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	defer journal.Close()

	return o.recall(ctx, journal)
}

func (o *opened) recall(ctx context.Context, journal *store.Store) error {
	memory, err := journal.Memory(ctx, o.loaded.Config.LongestWindow())
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	// Where the last turn cannot be read an alert is told twice, which is better
	// than an rr that does not start.
	if record, err := journal.Record(ctx, 0); err == nil {
		memory.Alerts = slices.Concat(record.Decision.Alerts, record.Alerts)
	}
	o.runner.Recall(memory)

	return nil
}

func (m *Main) logger(c *cli.Context) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if common(c, "verbose") == "true" {
		options.Level = slog.LevelDebug
	}
	switch common(c, "log") {
	case "text", "":
		return slog.New(slog.NewTextHandler(m.Stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(m.Stderr, options)), nil
	}

	return nil, usagef("--log %s: want text or json", common(c, "log"))
}
