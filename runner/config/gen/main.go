// Command gen writes the JSON Schemas of the nouns into schemas/json, where OPA
// and package schemas read them. It is run by go generate in runner/config.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"rr/runner/config"
)

func main() {
	if err := write("../../schemas/json"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// write puts every schema into its file under dir.
func write(dir string) error {
	written, err := config.JSONSchemas()
	if err != nil {
		return err
	}
	for path, text := range written {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}

	return nil
}
