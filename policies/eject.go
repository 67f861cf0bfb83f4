package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rr/schemas"
)

// Eject writes the built-in set into dir, and the schemas into a folder schemas
// beside it, so that opa check -s schemas policies and opa test -s schemas
// policies work there as they are. It overwrites nothing: where a file of
// another content is in the way it writes none at all.
func Eject(dir string) error {
	files := map[string][]byte{}
	for name, text := range builtinFiles() {
		files[filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, "policies/")))] = text
	}
	beside := filepath.Join(filepath.Dir(filepath.Clean(dir)), "schemas")
	err := fs.WalkDir(schemas.JSON, "json", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[filepath.Join(beside, filepath.FromSlash(strings.TrimPrefix(name, "json/")))], err = schemas.JSON.ReadFile(name)
		return err
	})
	if err != nil {
		return fmt.Errorf("eject policies: %w", err)
	}
	if err := refuseToOverwrite(files); err != nil {
		return fmt.Errorf("eject policies: %w", err)
	}

	for _, name := range sortedKeys(files) {
		if err := writeNew(name, files[name]); err != nil {
			return fmt.Errorf("eject policies: %w", err)
		}
	}

	return nil
}

func refuseToOverwrite(files map[string][]byte) error {
	var errs []error
	for _, name := range sortedKeys(files) {
		there, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, err)
		case !bytes.Equal(there, files[name]):
			errs = append(errs, fmt.Errorf("%s: exists and differs; move it away, or eject into another folder", name))
		}
	}

	return errors.Join(errs...)
}

func writeNew(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)

	return errors.Join(err, file.Close())
}
