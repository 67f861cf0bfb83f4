package main

import (
	"github.com/urfave/cli/v2"

	"rr/internal/functions"
)

// netlifyCommand holds what can be asked of a Netlify site without Netlify.
func (m *Main) netlifyCommand() *cli.Command {
	return &cli.Command{
		Name: "netlify", Usage: "look at the source of a Netlify site, without Netlify",
		Action:      onlySubcommands,
		Subcommands: []*cli.Command{m.netlifyFunctionsCommand(), m.netlifyManifestCommand()},
	}
}

// siteFlags say which site is meant.
func siteFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` of the site's repository"},
		&cli.StringFlag{Name: "functions", Usage: "`FOLDER` of the functions as set in Netlify's interface; netlify.toml is asked before it"},
	}
}

// findSite reads the site that the flags mean.
func findSite(c *cli.Context) (functions.Site, error) {
	site, err := functions.Find(c.Context, c.String("dir"), functions.Options{Directory: c.String("functions")})
	if err != nil {
		return functions.Site{}, usage(err)
	}

	return site, nil
}
