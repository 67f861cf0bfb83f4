package backupsets

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rr/internal/backup"
	"rr/internal/functions"
)

// siteGlobs are the folder of functions that netlify.toml names, and the
// netlify.toml of the base directory, as they are now.
func siteGlobs(dir string) []string {
	literal := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)
	folder, toml, err := functions.Directory(dir, functions.Options{})
	var globs []string
	if err == nil && folder != "" {
		globs = append(globs, literal.Replace(folder)+"/**")
	}
	if err == nil && toml != "" {
		globs = append(globs, literal.Replace(toml))
	}

	return globs
}

// site judges the files of a site together: a function is valid when it and
// what it imports can be bundled. Content that is not what was looked at then
// is not valid: it was being written.
func site(dir string) func(context.Context, found) backup.Judge {
	return func(ctx context.Context, f found) backup.Judge {
		seen := map[string][sha256.Size]byte{}
		for _, file := range f.Files {
			if content, err := os.ReadFile(filepath.Join(file.Root, file.From)); err == nil {
				seen[file.Path] = sha256.Sum256(content)
			}
		}
		wrong, err := siteProblems(ctx, dir, nil)

		return func(name string, content []byte) error {
			switch {
			case err != nil:
				return err
			case sha256.Sum256(content) != seen[name]:
				return errMoving
			case wrong[name] != "":
				return errors.New(wrong[name])
			}

			return plain(name, content)
		}
	}
}

// siteProblems are the errors of a site by the file that has them, but for
// those of kinds that are left out.
func siteProblems(ctx context.Context, dir string, without map[string]bool) (map[string]string, error) {
	found, err := functions.Find(ctx, dir, functions.Options{})
	if err != nil {
		return nil, fmt.Errorf("look at the functions: %w", err)
	}
	wrong := map[string]string{}
	note := func(problems []functions.Problem, file string) {
		for _, p := range problems {
			if p.Severity != functions.Error || without[p.Kind] {
				continue
			}
			if p.File != "" {
				file = p.File
			}
			wrong[file] = p.String()
		}
	}
	note(found.Problems, "netlify.toml")
	note(found.Toml.Problems, "netlify.toml")
	for _, f := range found.Functions {
		note(f.Problems, f.MainFile)
	}

	return wrong, nil
}

// rehearsed is the judge of a drill. That of a site writes what it is given into
// a folder of its own and looks at all of it when the last file is there;
// packages of node_modules, which no backup holds, are not missed.
func (s Set) rehearsed(ctx context.Context, b backup.Backup, scratch string) (backup.Judge, func(), error) {
	if !strings.HasPrefix(s.Name, "netlify-") || len(b.Files) == 0 {
		return s.judgeOf(ctx, found{roots: s.Roots}), func() {}, nil
	}
	dir, err := os.MkdirTemp(scratch, "site-")
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	left := len(b.Files)
	judge := func(name string, content []byte) error {
		left--
		if err := errors.Join(root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o700), root.WriteFile(filepath.FromSlash(name), content, 0o600)); err != nil {
			return err
		}
		if left > 0 {
			return plain(name, content)
		}
		wrong, err := siteProblems(ctx, dir, map[string]bool{functions.KindImport: true})
		errs := []error{err, plain(name, content)}
		for file, problem := range wrong {
			errs = append(errs, fmt.Errorf("%s: %s", file, problem))
		}
		return errors.Join(errs...)
	}

	return judge, func() { root.Close(); os.RemoveAll(dir) }, nil
}
