package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rr/internal/gitrepo"
	"rr/internal/workflowfile"
)

// foundRepository is a GitHub repository as `rr init` finds it; without a name,
// there is none.
type foundRepository struct {
	name      string // owner/name
	scope     string
	baseURL   string   // of a GitHub Enterprise Server
	workflows []string // file names of those that are valid and not generated
}

// findRepository looks whether a folder is the top of a checkout of GitHub that
// has workflows.
func findRepository(ctx context.Context, dir string) foundRepository {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	workflows := validWorkflows(dir)
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil || len(workflows) == 0 {
		return foundRepository{}
	}
	if top, err := filepath.EvalSymlinks(dir); err != nil || !sameFolder(top, repo.Dir) {
		return foundRepository{}
	}
	remote, err := repo.Remote(ctx)
	if err != nil || !strings.HasPrefix(remote.Host, "github.") {
		return foundRepository{}
	}
	found := foundRepository{name: remote.Owner + "/" + remote.Name, scope: scopeOf(remote.Name), workflows: workflows}
	if remote.Host != "github.com" {
		found.baseURL = "https://" + remote.Host
	}

	return found
}

func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)

	return err == nil && os.SameFile(one, other)
}

// validWorkflows are the names of the workflow files of a folder that GitHub can
// run and that rr did not make.
func validWorkflows(dir string) []string {
	paths, err := filepath.Glob(filepath.Join(dir, ".github", "workflows", "*.y*ml"))
	if err != nil {
		return nil
	}
	var names []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		name := filepath.Base(path)
		if f := workflowfile.Check(".github/workflows/"+name, text); f.Valid && !f.Generated {
			names = append(names, name)
		}
	}

	return names
}

// scopeOf makes a name of the configuration of that of a repository.
func scopeOf(name string) string {
	scope := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	if scope = strings.TrimLeft(scope, "-_"); scope == "" {
		return "repo"
	}

	return scope
}

// template is the part of a configuration about the repository.
func (r foundRepository) template() string {
	if r.name == "" {
		return ""
	}
	var quoted []string
	for _, name := range r.workflows {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	server := ""
	if r.baseURL != "" {
		server = fmt.Sprintf("\tbase_url: %q\n", r.baseURL)
	}

	return fmt.Sprintf(`github: %q: {
	repo: %q
%s	// to see its runs too, name the environment variable that holds a token
	// token_env: "GITHUB_TOKEN"
	// the workflow files that must exist; one that is gone is missing
	expect: [%s]
}

`, r.scope, r.name, server, strings.Join(quoted, ", "))
}
