package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rr/internal/functions"
)

// foundSite is a Netlify site as `rr init` finds it.
type foundSite struct {
	scope     string // empty where there is none
	site      string // its id at Netlify where the folder is linked to one, else a guess
	linked    bool
	functions []string
	note      string
}

// findNetlify looks for a site in a folder: by netlify.toml, or by functions.
func findNetlify(ctx context.Context, dir string) foundSite {
	_, err := os.Stat(filepath.Join(dir, "netlify.toml"))
	found, findErr := functions.Find(ctx, dir, functions.Options{})
	if err != nil && (findErr != nil || found.Missing) {
		return foundSite{}
	}
	s := foundSite{site: siteName(dir), scope: "site"}
	if findErr != nil {
		s.note = findErr.Error()
	}
	for _, f := range found.Functions {
		if !f.Broken() {
			s.functions = append(s.functions, f.Name)
		}
	}
	if id := linkedSite(dir); id != "" {
		s.site, s.linked = id, true
	}

	return s
}

// siteName guesses what a site is called, from its folder.
func siteName(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "site"
	}
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9-]+`).ReplaceAllString(strings.ToLower(filepath.Base(at)), "-"), "-")
	if name == "" {
		return "site"
	}

	return name
}

// linkedSite is the id of the site that `netlify link` noted, empty for none.
func linkedSite(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, ".netlify", "state.json"))
	if err != nil {
		return ""
	}
	var state struct {
		SiteID string `json:"siteId"`
	}
	if json.Unmarshal(text, &state) != nil || !regexp.MustCompile(`^[0-9a-fA-F-]{36}$`).MatchString(state.SiteID) {
		return ""
	}

	return state.SiteID
}

// entry is the site's part of a configuration.
func (s foundSite) entry() string {
	if s.scope == "" {
		return ""
	}
	quoted := make([]string, 0, len(s.functions))
	for _, name := range s.functions {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	slices.Sort(quoted)
	guess := "// its name or id at Netlify"
	if !s.linked {
		guess += ", guessed from the folder; needed only with a token"
	}

	return fmt.Sprintf(`netlify: %s: {
	%s
	site: %q
	// the functions that must exist; one without a source is missing
	expect: [%s]
	// with a token, what is deployed is watched too
	// token_env: "NETLIFY_AUTH_TOKEN"
}

`, s.scope, guess, s.site, strings.Join(quoted, ", "))
}

// rows tell of the site.
func (s foundSite) rows() [][]string {
	if s.scope == "" {
		return nil
	}

	return [][]string{{"found", "Netlify site", plural(len(s.functions), "function", "functions") + " that can be deployed", oneLine(s.note)}}
}
