package backupsets

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"go.yaml.in/yaml/v3"

	"rr/internal/backup"
	"rr/internal/workflowfile"
)

// each judges every file for itself.
func each(judge backup.Judge) func(context.Context, found) backup.Judge {
	return func(context.Context, found) backup.Judge { return judge }
}

// plain judges a file by what its name says it is: JSON and YAML parse.
func plain(name string, content []byte) error {
	switch path.Ext(name) {
	case ".json":
		if !json.Valid(content) {
			return backup.Unquoted("is not valid JSON")
		}
	case ".yml", ".yaml":
		var node yaml.Node
		if err := yaml.Unmarshal(content, &node); err != nil {
			return backup.Unquoted("is not valid YAML")
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
func dumps(_ context.Context, f found) backup.Judge {
	fuller := map[string]bool{}
	if f.last != nil {
		for _, file := range f.last.Files {
			fuller[file.Path] = file.Size > int64(len("[]\n"))
		}
	}

	return func(name string, content []byte) error {
		switch path.Base(name) {
		case "dump.pm2", "dump.pm2.bak":
			return dump(content, fuller[name])
		}

		return plain(name, content)
	}
}

func dump(content []byte, fuller bool) error {
	var apps []struct {
		Name string `json:"name"`
	}
	// The decoder's own error would quote what it stumbled over.
	if json.Unmarshal(content, &apps) != nil {
		return backup.Unquoted("is no list of apps in JSON")
	}
	if len(apps) == 0 && fuller {
		return backup.Unquoted("lists no app, and an earlier one did")
	}

	return nil
}
