package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"rr/internal/functions"
)

// manifestResult is what `rr netlify manifest --check -o json` prints.
type manifestResult struct {
	SchemaVersion int    `json:"schema_version"`
	File          string `json:"file"`
	Shape         string `json:"shape"`
	Listed        int    `json:"listed"`
	functions.Difference
	Problems []string `json:"problems,omitempty"`
	Agrees   bool     `json:"agrees"`
}

func (m *Main) netlifyManifestCommand() *cli.Command {
	return &cli.Command{
		Name: "manifest", Usage: "print the manifest that the source calls for, or hold the one on disk against it",
		Flags: append(siteFlags(), outputFlag(),
			&cli.BoolFlag{Name: "check", Usage: "compare with the manifest on disk, and write nothing"},
			&cli.StringFlag{Name: "file", Usage: "the manifest `FILE` to compare with; sought in the usual places otherwise"},
			&cli.StringFlag{Name: "shape", Value: functions.ShapeV1, Usage: "print the `SHAPE` v1, Netlify's own, or names, an older one"},
			&cli.BoolFlag{Name: "absolute", Usage: "print absolute paths, as Netlify's own tools do"}),
		Action: m.netlifyManifest,
	}
}

func (m *Main) netlifyManifest(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	if _, err := wanted(c); err != nil {
		return err
	}
	if shape := c.String("shape"); !slices.Contains([]string{functions.ShapeV1, functions.ShapeNames}, shape) {
		return usagef("--shape %s: want %s or %s", shape, functions.ShapeV1, functions.ShapeNames)
	}
	site, err := findSite(c)
	if err != nil {
		return err
	}
	if c.Bool("check") {
		return m.checkManifest(c, site)
	}
	text, err := functions.Manifest(site, functions.ManifestOptions{Absolute: c.Bool("absolute")})
	if c.String("shape") == functions.ShapeNames {
		text, err = functions.ManifestOld(site)
	}
	if err != nil {
		return err
	}
	_, err = m.Stdout.Write(text)

	return err
}

// checkManifest compares the manifest on disk with the source.
func (m *Main) checkManifest(c *cli.Context, site functions.Site) error {
	file, err := manifestFile(c.String("file"), site)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return usage(err)
	}
	listed, err := functions.ReadManifest(content)
	if err != nil {
		listed.Problems = append(listed.Problems, err.Error())
	}
	result := manifestResult{
		SchemaVersion: outputVersion, File: file, Shape: listed.Shape, Listed: len(listed.Entries),
		Difference: functions.Compare(site, listed), Problems: listed.Problems,
	}
	result.Agrees = result.None() && len(result.Problems) == 0
	err = m.print(c, result, func(w io.Writer) { differenceTable(w, result) })
	if err == nil && !result.Agrees {
		return exit{code: exitDue}
	}

	return err
}

// manifestFile is the manifest to compare with.
func manifestFile(told string, site functions.Site) (string, error) {
	if told != "" {
		return told, nil
	}
	places := []string{
		filepath.Join(site.Root, filepath.FromSlash(site.Base), ".netlify", "functions", "manifest.json"),
		filepath.Join(site.Root, filepath.FromSlash(site.Dir), "functions-manifest.json"),
	}
	for _, place := range places {
		if _, err := os.Stat(place); !errors.Is(err, fs.ErrNotExist) {
			return place, nil
		}
	}

	return "", exit{code: exitDue, err: fmt.Errorf("netlify manifest: there is none at %s or %s; write one with `rr netlify manifest`, or say which with --file", places[0], places[1])}
}

func differenceTable(w io.Writer, r manifestResult) {
	fmt.Fprintf(w, "%s in %s (%s)\n", plural(r.Listed, "function", "functions"), oneLine(r.File), r.Shape)
	if r.Agrees {
		fmt.Fprintln(w, "agrees with the source")
	}
	for _, problem := range r.Problems {
		fmt.Fprintln(w, "invalid  "+oneLine(problem))
	}
	for _, name := range r.Ghosts {
		fmt.Fprintln(w, "ghost    "+oneLine(name)+" is listed, and there is no source")
	}
	for _, name := range r.Orphans {
		fmt.Fprintln(w, "orphan   "+oneLine(name)+" has a source, and is not listed")
	}
	for _, d := range r.Drift {
		fmt.Fprintln(w, "drift    "+oneLine(fmt.Sprintf("%s: %s is %q in the source and %q in the manifest", d.Name, d.Field, d.Source, d.Manifest)))
	}
}
