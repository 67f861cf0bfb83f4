package main

import (
	"github.com/urfave/cli/v2"

	"rr/internal/control"
)

func (m *Main) shutdownCommand() *cli.Command {
	return &cli.Command{
		Name: "shutdown", Usage: "freeze all automation, then end the rr that runs; the next one starts frozen",
		Flags: []cli.Flag{outputFlag(), reasonFlag()}, Action: m.shutdown,
	}
}

func (m *Main) shutdown(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	why, err := reason(c)
	if err != nil {
		return err
	}

	return m.give(c, control.OrderRequest{Order: control.OrderShutdown, Reason: why})
}
