package functions

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Headers are the response headers that a site configures.
type Headers struct {
	Sources  []string     `json:"sources,omitempty"` // the files that they are in
	Rules    []HeaderRule `json:"rules,omitempty"`
	Missing  []string     `json:"missing,omitempty"` // usual security headers that no rule for all paths sets
	Problems []Problem    `json:"problems,omitempty"`
}

// HeaderRule is the names of the headers of one path. Their values are left
// where they are: some hold credentials.
type HeaderRule struct {
	Path  string   `json:"path"`
	Names []string `json:"names"` // sorted, in lower case
	File  string   `json:"file"`
	Line  int      `json:"line,omitempty"`
}

// securityHeaders are those that most sites should send.
var securityHeaders = []string{"content-security-policy", "permissions-policy", "referrer-policy", "strict-transport-security", "x-content-type-options", "x-frame-options"}

// maxHeaders is a hundred times what a large _headers has.
const maxHeaders = 2 << 20

// readHeaders reads [[headers]] of netlify.toml and _headers of the publish
// directory.
func (s *search) readHeaders() {
	h := &s.site.Headers
	for i, table := range s.toml.headers {
		s.tomlHeaders(h, table, i)
	}
	if len(s.toml.headers) > 0 {
		h.Sources = append(h.Sources, s.site.Toml.Path)
	}
	file := path.Join(s.site.Base, strings.TrimLeft(s.toml.publish, "/"), "_headers")
	content, err := readPlain(s.abs(file), maxHeaders)
	switch {
	case errors.Is(err, fs.ErrNotExist) || outside(file):
	case err != nil:
		h.Problems = append(h.Problems, Problem{File: file, Kind: KindHeaders, Severity: Warning, Message: "cannot be read: " + why(err)})
	default:
		h.Sources = append(h.Sources, file)
		rules, problems := parseHeaders(file, string(content))
		h.Rules, h.Problems = append(h.Rules, rules...), append(h.Problems, problems...)
	}
	h.Missing = missingHeaders(h.Rules)
}

// tomlHeaders takes one [[headers]] table.
func (s *search) tomlHeaders(h *Headers, table map[string]any, i int) {
	line, _ := s.tomlPlace("headers")
	target, isText := table["for"].(string)
	values, isTable := table["values"].(map[string]any)
	if !isText || !isTable {
		h.Problems = append(h.Problems, Problem{File: s.site.Toml.Path, Line: line, Column: 1, Kind: KindHeaders, Severity: Error,
			Message: fmt.Sprintf("[[headers]] number %d needs for = \"/path\" and a table [headers.values]", i+1)})
		return
	}
	rule := HeaderRule{Path: target, File: s.site.Toml.Path, Line: line, Names: []string{}}
	for _, name := range sortedKeys(values) {
		rule.Names = append(rule.Names, strings.ToLower(name))
	}
	slices.Sort(rule.Names)
	h.Rules = append(h.Rules, rule)
}

// parseHeaders reads a _headers file: paths at the beginning of a line, and
// below each its headers, indented.
func parseHeaders(file, content string) ([]HeaderRule, []Problem) {
	var rules []HeaderRule
	var problems []Problem
	number := 0
	for line := range strings.Lines(content) {
		number++
		body := strings.TrimSpace(line)
		if body == "" || strings.HasPrefix(body, "#") {
			continue
		}
		complain := func(message string) {
			column := strings.Index(line, body) + 1
			problems = append(problems, Problem{File: file, Line: number, Column: column, Kind: KindHeaders, Severity: Error, Message: message})
		}
		name, _, isHeader := strings.Cut(body, ":")
		switch {
		case strings.HasPrefix(body, "/") || strings.HasPrefix(body, "https://") || strings.HasPrefix(body, "http://"):
			rules = append(rules, HeaderRule{Path: body, File: file, Line: number, Names: []string{}})
		case len(rules) == 0:
			complain("a header stands before the first path; begin with a line such as /*")
		case !isHeader || strings.TrimSpace(name) == "":
			complain("is no header; write Name: value")
		default:
			rule := &rules[len(rules)-1]
			name = strings.ToLower(strings.TrimSpace(name))
			if !slices.Contains(rule.Names, name) {
				rule.Names = append(rule.Names, name)
			}
		}
	}
	for i := range rules {
		slices.Sort(rules[i].Names)
	}

	return rules, problems
}

// missingHeaders are the security headers that no rule for all paths sets.
func missingHeaders(rules []HeaderRule) []string {
	var missing []string
	for _, name := range securityHeaders {
		if !slices.ContainsFunc(rules, func(r HeaderRule) bool {
			return (r.Path == "/*" || r.Path == "/**") && slices.Contains(r.Names, name)
		}) {
			missing = append(missing, name)
		}
	}

	return missing
}
