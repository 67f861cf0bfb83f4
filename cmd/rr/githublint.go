package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/urfave/cli/v2"

	"rr/internal/workflowfile"
)

func (m *Main) githubLintCommand() *cli.Command {
	return &cli.Command{
		Name: "lint", Usage: "say what is wrong with workflow files, offline; without FILES those of .github/workflows here", ArgsUsage: "[FILES]",
		Flags: []cli.Flag{&cli.StringFlag{
			Name: "output", Aliases: []string{"o"}, Value: "table", Usage: "print the problems as `FORMAT`: table, json, sarif or github (workflow commands)",
		}},
		Action: m.githubLint,
	}
}

func (m *Main) githubLint(c *cli.Context) error {
	write, err := lintWriter(c.String("output"))
	if err != nil {
		return err
	}
	paths := c.Args().Slice()
	if len(paths) == 0 {
		if paths, err = workflowPaths(); err != nil {
			return err
		}
	}
	files, err := lintAll(paths)
	if err != nil {
		return err
	}
	if err := write(m.Stdout, files); err != nil {
		return err
	}
	if slices.ContainsFunc(files, func(f workflowfile.File) bool { return !f.Valid }) {
		return exit{code: exitDue}
	}

	return nil
}

func lintWriter(format string) (func(io.Writer, []workflowfile.File) error, error) {
	switch format {
	case "table":
		return writeLintTable, nil
	case "json":
		return workflowfile.WriteJSON, nil
	case "sarif":
		return workflowfile.WriteSARIF, nil
	case "github":
		return workflowfile.WriteGitHub, nil
	}

	return nil, usagef("-o %s: want table, json, sarif or github", format)
}

// writeLintTable prints the problems and how many there are.
func writeLintTable(w io.Writer, files []workflowfile.File) error {
	if err := workflowfile.WriteText(w, files); err != nil {
		return err
	}
	broken, warnings := 0, 0
	for _, f := range files {
		if !f.Valid {
			broken++
		}
		for _, p := range f.Problems {
			if !p.Fatal {
				warnings++
			}
		}
	}
	_, err := fmt.Fprintf(w, "%s, %d broken, %s\n", plural(len(files), "file", "files"), broken, plural(warnings, "warning", "warnings"))

	return err
}

// workflowPaths are the files that GitHub would read here. None is a mistake:
// nothing was looked at, and nothing is well.
func workflowPaths() ([]string, error) {
	var paths []string
	for _, pattern := range []string{"*.yml", "*.yaml"} {
		found, err := filepath.Glob(filepath.Join(".github", "workflows", pattern))
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, usagef("github lint: no workflow in .github/workflows here; name FILES, or go to the top of the repository")
	}
	slices.Sort(paths)

	return paths, nil
}

// lintAll checks the files on all cores. The results have the order of paths.
func lintAll(paths []string) ([]workflowfile.File, error) {
	files, errs := make([]workflowfile.File, len(paths)), make([]error, len(paths))
	workers := min(runtime.GOMAXPROCS(0), len(paths))
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(paths); i += workers {
				files[i], errs[i] = lintFile(paths[i])
			}
		})
	}
	wg.Wait()

	return files, errors.Join(errs...)
}

func lintFile(path string) (workflowfile.File, error) {
	src, err := readWorkflow(path)
	if err != nil {
		return workflowfile.File{}, err
	}
	f := workflowfile.Check(path, src)
	if top, found := repositoryOf(path); found {
		f = f.With(workflowfile.Missing(f, func(name string) bool {
			_, err := os.Stat(filepath.Join(top, filepath.FromSlash(name)))
			return err == nil
		}))
	}

	return f, nil
}

// readWorkflow reads no more of a file than is needed to refuse it for its size.
func readWorkflow(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("github lint: no file %s", path)
	case err != nil:
		return nil, fmt.Errorf("github lint: %w", err)
	case !info.Mode().IsRegular():
		return nil, usagef("github lint: %s is no file; name workflow files", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("github lint: %w", err)
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, workflowfile.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("github lint: read %s: %w", path, err)
	}

	return src, nil
}

// repositoryOf is the folder above .github/workflows, for a file that is in
// one: what it uses is looked for there.
func repositoryOf(path string) (string, bool) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	workflows := filepath.Dir(full)
	github := filepath.Dir(workflows)
	if filepath.Base(workflows) != "workflows" || filepath.Base(github) != ".github" {
		return "", false
	}

	return filepath.Dir(github), true
}
