package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"rr/policies"
	"rr/runner/config"
)

// testResult is what `rr test -o json` prints.
type testResult struct {
	SchemaVersion int `json:"schema_version"`
	policies.TestReport
}

func (m *Main) testCommand() *cli.Command {
	return &cli.Command{
		Name: "test", Usage: "run the tests of the policies, yours in DIR over the built-in ones", ArgsUsage: "[DIR]",
		Flags:  []cli.Flag{outputFlag(), &cli.BoolFlag{Name: "coverage", Usage: "print the coverage of each policy"}},
		Action: m.test,
	}
}

// test needs no configuration: policies are tested with configurations of their
// own. Where there is one, its policies are the ones tested.
func (m *Main) test(c *cli.Context) error {
	if err := noMore(c, 1); err != nil {
		return err
	}
	options := policies.Options{Dir: c.Args().First(), Verbs: verbs()}
	if options.Dir == "" {
		path, _, err := config.Discover(common(c, "config"), m.Getenv, workingDir())
		if err == nil {
			loaded, err := config.Load(path)
			if err != nil {
				return usage(err)
			}
			options.Config, options.Dir = loaded.Config, loaded.PolicyDir()
		}
	}
	e, err := policies.Load(options)
	if err != nil {
		return usage(err)
	}
	report, err := e.Test(c.Context)
	if err != nil {
		return usage(err)
	}
	if err := m.print(c, testResult{outputVersion, report}, func(w io.Writer) { testLines(w, report, c.Bool("coverage")) }); err != nil {
		return err
	}
	if report.Failed > 0 {
		return exit{code: exitUsage}
	}

	return nil
}

func testLines(w io.Writer, report policies.TestReport, coverage bool) {
	var rows [][]string
	passed := 0
	for _, test := range report.Tests {
		if test.Status == "pass" {
			passed++
			continue
		}
		rows = append(rows, []string{test.Status, test.At, test.Package + "." + test.Name, oneLine(test.Note)})
	}
	for _, input := range report.Inputs {
		rows = append(rows, []string{"input", oneLine(input)})
	}
	for _, name := range report.Untested {
		rows = append(rows, []string{"untested", name})
	}
	if coverage {
		for _, file := range slices.Sorted(maps.Keys(report.Coverage)) {
			rows = append(rows, []string{"coverage", file, fmt.Sprintf("%d %%", report.Coverage[file])})
		}
	}
	columns(w, rows)
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, report.Failed, report.Skipped)
}
