package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/control"
	"rr/schemas"
)

func (m *Main) pauseCommand() *cli.Command {
	return &cli.Command{
		Name: "pause", Usage: "keep rr from acting, on everything or on a part, for a time", ArgsUsage: "[ID|SYSTEM|SYSTEM/SCOPE]",
		Flags: []cli.Flag{
			outputFlag(), reasonFlag(),
			&cli.DurationFlag{Name: "for", Usage: "how `LONG`, as in 2h", DefaultText: "none"},
		},
		Action: m.pause,
	}
}

// longestPause keeps a slip of the finger from pausing for years.
const longestPause = 31 * 24 * time.Hour

func (m *Main) pause(c *cli.Context) error {
	if err := noMore(c, 1); err != nil {
		return err
	}
	why, err := reason(c)
	if err != nil {
		return err
	}
	length := c.Duration("for")
	if length < time.Second || length > longestPause {
		return usagef("pause: say for how long, from 1s to %s, as in --for 2h", longestPause)
	}

	return m.give(c, control.OrderRequest{Order: control.OrderPause, On: c.Args().First(), For: schemas.Duration(length), Reason: why})
}
