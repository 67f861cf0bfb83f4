package workflowfile

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
)

// The part of SARIF 2.1.0 that code scanning reads.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// WriteSARIF writes the problems as a SARIF 2.1.0 log, which GitHub's code
// scanning and editors read.
func WriteSARIF(w io.Writer, files []File) error {
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: "rr", Rules: sarifRules(files)}},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	for _, f := range files {
		for _, p := range f.Problems {
			run.Results = append(run.Results, sarifOf(f, p, run.Tool.Driver.Rules))
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)

	return encoder.Encode(sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifRules are the kinds of problems that were found, each once.
func sarifRules(files []File) []sarifRule {
	var kinds []string
	for _, f := range files {
		for _, p := range f.Problems {
			kinds = append(kinds, p.Kind)
		}
	}
	slices.Sort(kinds)
	rules := []sarifRule{}
	for _, kind := range slices.Compact(kinds) {
		rules = append(rules, sarifRule{ID: kind, ShortDescription: sarifText{"workflow file: " + kind}})
	}

	return rules
}

func sarifOf(f File, p Problem, rules []sarifRule) sarifResult {
	result := sarifResult{RuleID: p.Kind, Level: "warning", Message: sarifText{p.Message}}
	result.RuleIndex = slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == p.Kind })
	if p.Fatal {
		result.Level = "error"
	}
	uri := url.URL{Path: filepath.ToSlash(f.Path)}
	if filepath.IsAbs(f.Path) {
		uri.Scheme = "file"
	}
	place := sarifPhysical{Artifact: sarifArtifact{URI: uri.String()}}
	if p.Line > 0 {
		place.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
	}
	result.Locations = []sarifLocation{{place}}

	return result
}
