package backupsets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"rr/internal/backup"
	"rr/internal/workflowfile"
)

// each judges every file for itself.
func each(judge backup.Judge) func(context.Context, []backup.File, *backup.Backup) (backup.Judge, func()) {
	return func(context.Context, []backup.File, *backup.Backup) (backup.Judge, func()) { return judge, func() {} }
}

// plain judges a file by what its name says it is: JSON and YAML parse.
func plain(name string, content []byte) error {
	switch path.Ext(name) {
	case ".json":
		if !json.Valid(content) {
			return errors.New("is not valid JSON")
		}
	case ".yml", ".yaml":
		var node yaml.Node
		if err := yaml.Unmarshal(content, &node); err != nil {
			return errors.New("is not valid YAML")
		}
	}

	return nil
}

// workflow judges a workflow file as rr judges those in place.
func workflow(name string, content []byte) error {
	if fatal := workflowfile.Check(name, content).Fatal(); fatal != nil {
		return fmt.Errorf("%d:%d: %s", fatal.Line, fatal.Column, fatal.Message)
	}

	return nil
}

// dumps judges what PM2 saved. A list that is empty is valid only where none
// was ever fuller: PM2 writes an empty one when its processes were lost.
func dumps(_ context.Context, _ []backup.File, last *backup.Backup) (backup.Judge, func()) {
	fuller := map[string]bool{}
	if last != nil {
		for _, file := range last.Files {
			fuller[file.Path] = file.Size > int64(len("[]\n"))
		}
	}

	return func(name string, content []byte) error {
		switch path.Base(name) {
		case "dump.pm2", "dump.pm2.bak":
			return dump(content, fuller[name])
		}

		return plain(name, content)
	}, func() {}
}

func dump(content []byte, fuller bool) error {
	var apps []struct {
		Name string `json:"name"`
	}
	// The error would quote what it stumbled over.
	if json.Unmarshal(content, &apps) != nil {
		return errors.New("is no list of apps in JSON")
	}
	if len(apps) == 0 && fuller {
		return errors.New("lists no app, and an earlier one did")
	}

	return nil
}

// scripts are those that an ecosystem file in JSON names. One in JavaScript is
// not evaluated for the sake of a backup.
func scripts(file string) []string {
	content, err := os.ReadFile(file)
	if err != nil || filepath.Ext(file) != ".json" {
		return nil
	}
	var found struct {
		Apps []struct {
			Script string `json:"script"`
			CWD    string `json:"cwd"`
		} `json:"apps"`
	}
	if json.NewDecoder(bytes.NewReader(content)).Decode(&found) != nil {
		return nil
	}
	var paths []string
	for _, app := range found.Apps {
		switch {
		case app.Script == "":
		case filepath.IsAbs(app.Script):
			paths = append(paths, app.Script)
		case filepath.IsAbs(app.CWD):
			paths = append(paths, filepath.Join(app.CWD, app.Script))
		default:
			paths = append(paths, filepath.Join(filepath.Dir(file), app.CWD, app.Script))
		}
	}
	slices.Sort(paths)

	return slices.Compact(paths)
}
