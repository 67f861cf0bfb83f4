package main

import (
	"github.com/urfave/cli/v2"

	"rr/internal/control"
)

func (m *Main) resumeCommand() *cli.Command {
	return &cli.Command{
		Name: "resume", Usage: "end a pause, or without an argument that of everything and what a shutdown froze", ArgsUsage: "[ID|SYSTEM|SYSTEM/SCOPE]",
		Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.resume,
	}
}

func (m *Main) resume(c *cli.Context) error {
	if err := noMore(c, 1); err != nil {
		return err
	}

	return m.give(c, control.OrderRequest{Order: control.OrderResume, On: c.Args().First(), Reason: c.String("reason")})
}
