package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestImportsGoOneWay holds the layers: schemas knows nothing, internal knows
// schemas, collectors, policies and actions know those two, the runner knows
// only schemas, none of them knows another, and each library stays in its room.
func TestImportsGoOneWay(t *testing.T) {
	allowed := []struct{ folder, ours string }{
		{"rr/schemas", ""},
		{"rr/internal/pm2test", "rr/schemas rr/internal/"},
		{"rr/internal", "rr/schemas rr/internal/"},
		{"rr/collectors", "rr/schemas rr/internal/"},
		{"rr/policies", "rr/schemas rr/internal/"},
		{"rr/actions", "rr/schemas rr/internal/"},
		{"rr/runner/config", "rr/schemas rr/runner/config"},
		{"rr/runner", "rr/schemas"},
		{"rr/cmd", "rr/"},
	}
	rooms := map[string][]string{
		"github.com/open-policy-agent/opa": {"rr/policies"},
		"cuelang.org/go":                   {"rr/runner/config"},
		"github.com/fsnotify/fsnotify":     {"rr/runner/config"},
		"github.com/urfave/cli/v2":         {"rr/cmd/rr"},
		"modernc.org/sqlite":               {"rr/internal/store"},
		"github.com/google/go-github":      {"rr/internal/githubapi", "rr/collectors/github", "rr/actions/github"},
		"github.com/bradleyfalzon":         {"rr/internal/githubapi"},
		"github.com/rhysd/actionlint":      {"rr/internal/workflowfile"},
		"github.com/robfig/cron":           {"rr/internal/workflowfile", "rr/internal/functions", "rr/runner", "rr/runner/config"},
		"github.com/evanw/esbuild":         {"rr/internal/functions"},
		"github.com/pelletier/go-toml/v2":  {"rr/internal/functions"},
		"github.com/klauspost/compress":    {"rr/internal/store", "rr/internal/backup"},
		"filippo.io/age":                   {"rr/internal/backup", "rr/internal/backupsets"},
	}
	for _, p := range packages(t) {
		ours, found := "", false
		for _, rule := range allowed {
			if !found && (p.ImportPath == rule.folder || strings.HasPrefix(p.ImportPath, rule.folder+"/")) {
				ours, found = rule.ours, true
			}
		}
		if !found && !strings.HasPrefix(p.ImportPath, "rr/e2e") && !strings.HasPrefix(p.ImportPath, "rr/bench") && !strings.HasPrefix(p.ImportPath, "rr/docs") {
			t.Errorf("%s has no place among the layers", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if found && strings.HasPrefix(imported, "rr/") && !within(imported, strings.Fields(ours)) {
				t.Errorf("%s imports %s, want only %q", p.ImportPath, imported, ours)
			}
			for library, homes := range rooms {
				if strings.HasPrefix(imported, library) && found && !within(p.ImportPath, homes) {
					t.Errorf("%s imports %s, which stays in %v", p.ImportPath, imported, homes)
				}
			}
			if p.ImportPath == "rr/schemas" && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s, want only the standard library", p.ImportPath, imported)
			}
		}
	}
}

func within(path string, folders []string) bool {
	for _, folder := range folders {
		if path == strings.TrimSuffix(folder, "/") || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/") {
			return true
		}
	}

	return false
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports", "rr/...")
	command.Stderr = t.Output()
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for decoder.More() {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("found %d packages, want all of them", len(all))
	}

	return all
}
