// Package docs holds rr's documentation and writes the part of it that the
// program itself knows: the policy reference. Its tests execute every example
// of every page.
package docs

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rr/policies"
	"rr/schemas"
)

//go:generate go run ./gen

// kinds are the kinds of things that policies are about: where their schemas
// are, below schemas/json.
var kinds = []struct{ name, input, config, what string }{
	{"pm2/process", "pm2/process", "config/pm2", "One instance of a PM2 app. A policy is a package `policies.pm2.process.<name>`."},
	{"pm2/daemon", "pm2/daemon", "config/pm2", "The PM2 daemon of one home. A policy is a package `policies.pm2.daemon.<name>`."},
	{"pm2/ecosystem", "pm2/ecosystem", "config/pm2", "One ecosystem file that the configuration names. No verb acts on it. A policy is a package `policies.pm2.ecosystem.<name>`."},
	{"overall", "overall", "config/overall", "The whole, asked once a turn after every subject. A policy is a package `policies.overall.<name>`."},
}

// PolicyReference writes docs/policy-reference.md: the input, data.config and
// built-in policies of each kind, and the fields of the answers.
func PolicyReference() ([]byte, error) {
	engine, err := policies.Load(policies.Options{})
	if err != nil {
		return nil, err
	}
	comments, err := fieldComments()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(head)
	for _, kind := range kinds {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", kind.name, kind.what)
		writePolicies(&b, engine.List(), kind.name)
		input, err := fields(kind.input, "input", comments)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n### input of %s\n\n| field | type | there | meaning |\n|---|---|---|---|\n%s", kind.name, strings.Join(input, ""))
		config, err := fields(kind.config, "data.config", comments)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n### data.config of %s\n\nWhat they mean is told in [configuration.md](configuration.md).\n\n| field | type | there |\n|---|---|---|\n", kind.name)
		for _, row := range config {
			b.WriteString(row[:strings.LastIndex(strings.TrimSuffix(row, "|\n"), "|")+1] + "\n")
		}
	}
	writeAnswers(&b, comments)

	return b.Bytes(), nil
}

const head = `# Policy reference

This page is generated from the program: ` + "`go generate ./docs`" + `. How to use it is told in [policies.md](policies.md).

A field that is not always there is absent where it is not known. Durations are whole seconds, sizes are bytes, scores are whole numbers from 0 to 100.
`

func writePolicies(b *bytes.Buffer, list []policies.PolicyInfo, kind string) {
	b.WriteString("\n| built-in policy | what it does | file |\n|---|---|---|\n")
	for _, policy := range list {
		if policy.Kind == kind {
			fmt.Fprintf(b, "| `%s` | %s | `%s` |\n", policy.Title, policy.Description, policy.File)
		}
	}
}

// answers are the public rules and the Go type that each answer decodes into.
var answers = []struct{ rule, of, noun string }{
	{"findings", "every kind but overall", "FindingAnswer"},
	{"actions", "pm2/process, pm2/daemon", "ActionAnswer"},
	{"alerts", "every kind", "AlertAnswer"},
	{"components", "overall", "ComponentAnswer"},
	{"health", "overall", "HealthAnswer"},
	{"mode", "overall", "ModeAnswer"},
}

func writeAnswers(b *bytes.Buffer, comments map[string][]field) {
	fmt.Fprintf(b, "\n## Answers\n\nThis is contract %d.\n\n| rule | of | field | there | meaning |\n|---|---|---|---|---|\n", schemas.ContractVersion)
	for _, answer := range answers {
		for _, f := range comments[answer.noun] {
			there := "always"
			if f.optional {
				there = "may be left out"
			}
			fmt.Fprintf(b, "| `%s` | %s | `%s` | %s | %s |\n", answer.rule, answer.of, f.name, there, cmp.Or(f.comment, plain[f.name]))
		}
	}
}

// required says whether a struct always has a field.
func (s schema) required(name string) bool { return slices.Contains(s.Required, name) }
