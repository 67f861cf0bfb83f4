package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func (m *Main) app() *cli.App {
	app := &cli.App{
		Name:                 "rr",
		Usage:                "keep the automation of a web project alive, by policy",
		Version:              version(),
		HideVersion:          true,
		EnableBashCompletion: true,
		Writer:               m.Stdout,
		ErrWriter:            m.Stderr,
		Reader:               m.Stdin,
		ExitErrHandler:       func(*cli.Context, error) {}, // Main.report prints
		OnUsageError:         wrongUsage,
		Flags:                commonFlags(),
		Commands: []*cli.Command{
			m.initCommand(), m.checkCommand(), m.collectCommand(), m.evalCommand(), m.runCommand(), m.testCommand(),
			m.statusCommand(), m.historyCommand(), m.whyCommand(), m.policiesCommand(), m.actCommand(),
			m.pauseCommand(), m.resumeCommand(), m.approvalsCommand(), m.approveCommand(), m.shutdownCommand(),
			m.emergencyCommand(), m.recoverCommand(), m.githubCommand(), m.netlifyCommand(), m.backupCommand(),
			m.completionCommand(), m.versionCommand(),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("no command %q%s", c.Args().First(), suggestion(c.Args().First(), commandNames(c.App)))
			}
			return cli.ShowAppHelp(c)
		},
	}
	plain(app.Flags)
	settle(app.Commands)

	return app
}

// commonFlags may stand before a command and behind it.
func commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "`FILE` to read instead of $RR_CONFIG or ./redundancy.cue"},
		&cli.StringFlag{Name: "state", Usage: "`DIR` of the journal instead of $RR_STATE or .rr beside the configuration"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "log withheld actions too"},
		&cli.StringFlag{Name: "log", DefaultText: "text", Usage: "log as `FORMAT`: text or json"},
	}
}

// common returns a common flag, from behind the command or else from before it.
func common(c *cli.Context, name string) string {
	for _, at := range c.Lineage() {
		if slices.Contains(at.LocalFlagNames(), name) {
			return fmt.Sprint(at.Value(name))
		}
	}

	return ""
}

// settle gives every command what urfave/cli does not inherit.
func settle(commands []*cli.Command) {
	for _, command := range commands {
		command.OnUsageError = wrongUsage
		command.HideHelpCommand = true
		command.Flags = append(command.Flags, commonFlags()...)
		plain(command.Flags)
		settle(command.Subcommands)
	}
}

// plain keeps "(default: false)" out of the help.
func plain(flags []cli.Flag) {
	for _, flag := range flags {
		switch flag := flag.(type) {
		case *cli.BoolFlag:
			flag.DisableDefaultText = true
		case *cli.Int64Flag:
			flag.DefaultText = "the last one"
		}
	}
}

// wrongUsage names the nearest flag where there is none of that name.
func wrongUsage(c *cli.Context, err error, _ bool) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return usage(err)
	}
	var names []string
	for _, flag := range append(c.Command.Flags, c.App.Flags...) {
		for _, known := range flag.Names() {
			names = append(names, "--"+known)
		}
	}

	return usagef("no flag --%s%s", name, suggestion("--"+name, names))
}

// onlySubcommands refuses what is no subcommand of a command that does nothing
// itself.
func onlySubcommands(c *cli.Context) error {
	if c.NArg() == 0 {
		return cli.ShowSubcommandHelp(c)
	}
	var names []string
	for _, command := range c.Command.Subcommands {
		names = append(names, command.Name)
	}

	return usagef("%s: no command %q%s; there are %s", c.Command.Name, c.Args().First(), suggestion(c.Args().First(), names), strings.Join(names, ", "))
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}

	return names
}

// suggestion names the nearest of what there is.
func suggestion(word string, names []string) string {
	best, distance := "", 3
	for _, name := range names {
		if d := editDistance(word, name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}

	return fmt.Sprintf(", did you mean %q", best)
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above+1, row[j]+1, diagonal+cost)
			diagonal = above
		}
	}

	return row[len(b)]
}

// outputFlag is -o of commands that have a result.
func outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "table", Usage: "print the result as `FORMAT`: table, json or yaml"}
}

// wanted checks -o.
func wanted(c *cli.Context) (string, error) {
	format := c.String("output")
	if !slices.Contains([]string{"table", "json", "yaml"}, format) {
		return "", usagef("-o %s: want table, json or yaml", format)
	}

	return format, nil
}

// noMore refuses arguments that a command does not take.
func noMore(c *cli.Context, n int) error {
	if c.NArg() > n {
		return usagef("%s takes no argument %q; flags come before arguments", c.Command.Name, c.Args().Get(n))
	}

	return nil
}

// print writes a result in the format asked for, a table by the function given.
func (m *Main) print(c *cli.Context, result any, table func(io.Writer)) error {
	format, err := wanted(c)
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return printJSON(m.Stdout, result)
	case "yaml":
		return printYAML(m.Stdout, result)
	}
	table(m.Stdout)

	return nil
}
