package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// permute moves flags that stand behind arguments before them, as people type
// them: urfave/cli reads no flag behind an argument. What follows -- stays.
func permute(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	front, commands, flags := args[:1:1], app.Commands, app.Flags
	rest := args[1:]
	for len(rest) > 0 {
		command := find(commands, rest[0])
		if n := flagLength(flags, rest); n > 0 && command == nil {
			front, rest = append(front, rest[:n]...), rest[n:]
			continue
		}
		if command == nil {
			break
		}
		front, rest = append(front, rest[0]), rest[1:]
		commands, flags = command.Subcommands, command.Flags
	}
	var moved, stay []string
	for len(rest) > 0 && rest[0] != "--" {
		n := flagLength(flags, rest)
		if n == 0 {
			stay, rest = append(stay, rest[0]), rest[1:]
			continue
		}
		moved, rest = append(moved, rest[:n]...), rest[n:]
	}

	return slices.Concat(front, moved, stay, rest)
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, command := range commands {
		if command.HasName(name) {
			return command
		}
	}

	return nil
}

// flagLength is how many words the flag at the front takes, 0 where there is
// none. One that is not known takes one, and is told of by urfave/cli.
func flagLength(flags []cli.Flag, words []string) int {
	name, isFlag := strings.CutPrefix(words[0], "-")
	if !isFlag || name == "" || words[0] == "--" {
		return 0
	}
	name, _, whole := strings.Cut(strings.TrimPrefix(name, "-"), "=")
	for _, flag := range flags {
		if !slices.Contains(flag.Names(), name) {
			continue
		}
		_, isBool := flag.(*cli.BoolFlag)
		if isBool || whole {
			return 1
		}
		return min(2, len(words))
	}

	return 1
}
