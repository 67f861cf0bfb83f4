package main

import "github.com/urfave/cli/v2"

func (m *Main) githubCommand() *cli.Command {
	return &cli.Command{
		Name: "github", Usage: "look at GitHub Actions workflows",
		Action:      onlySubcommands,
		Subcommands: []*cli.Command{m.githubLintCommand()},
	}
}
