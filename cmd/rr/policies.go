package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"rr/policies"
)

type policiesResult struct {
	SchemaVersion int                   `json:"schema_version"`
	Policies      []policies.PolicyInfo `json:"policies"`
}

func (m *Main) policiesCommand() *cli.Command {
	return &cli.Command{
		Name: "policies", Usage: "list the policies in force, or write the built-in ones out to start from",
		Action: onlySubcommands,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the policies, built-in and yours", Flags: []cli.Flag{outputFlag()}, Action: m.policiesList,
			},
			{
				Name: "eject", Usage: "write the built-in policies into DIR, and their schemas into a folder schemas beside it", ArgsUsage: "DIR",
				Action: m.policiesEject,
			},
		},
	}
}

func (m *Main) policiesList(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	loaded, err := m.load(c)
	if err != nil {
		return err
	}
	e, err := engine(loaded)
	if err != nil {
		return err
	}
	list := e.List()

	return m.print(c, policiesResult{outputVersion, list}, func(w io.Writer) {
		rows := [][]string{{"KIND", "POLICY", "FROM", "FILE", "WHAT IT DOES"}}
		for _, policy := range list {
			rows = append(rows, []string{policy.Kind, policy.Title, policy.Origin, policy.File, oneLine(policy.Description)})
		}
		columns(w, rows)
	})
}

func (m *Main) policiesEject(c *cli.Context) error {
	dir := c.Args().First()
	if dir == "" || c.NArg() > 1 {
		return usagef("policies eject: say into which folder, as in `rr policies eject policies`")
	}
	if err := policies.Eject(dir); err != nil {
		return usage(err)
	}
	fmt.Fprintf(m.Stdout, `wrote the built-in policies into %[1]s and their schemas beside it
keep the ones you want to change, delete the rest, and put into redundancy.cue:
  policies: dir: %[1]q
check them with: opa check -s schemas %[1]s && opa test -s schemas %[1]s
`, dir)

	return nil
}
