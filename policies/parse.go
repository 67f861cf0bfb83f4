package policies

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What a module is for, as its package tells.
type role int

const (
	rolePolicy role = iota
	roleTest
	roleKind
	roleLib
	roleFixture
)

// testSuffix ends the package of a test and, before .rego, its file.
const testSuffix = "_test"

// module is one parsed file and what it is for.
type module struct {
	path   string
	pkg    string // policies.pm2.process.errored
	role   role
	kind   kind   // of a policy, a test of one and a kind
	tested string // package that a test tests
	parsed *ast.Module
}

func parserOptions() ast.ParserOptions {
	return ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1}
}

// parse reads all texts, in the order of their paths.
func parse(files map[string][]byte, problems *problems) []*module {
	var modules []*module
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if parsed := parseOne(path, files[path], problems); parsed != nil {
			modules = append(modules, &module{path: path, pkg: packageName(parsed), parsed: parsed})
		}
	}

	return modules
}

func parseOne(path string, text []byte, problems *problems) *ast.Module {
	switch {
	case !utf8.Valid(text):
		problems.in(path, "not UTF-8; save it as UTF-8")
		return nil
	case strings.TrimSpace(string(text)) == "":
		problems.in(path, "empty; write a policy or remove the file")
		return nil
	}

	parsed, err := ast.ParseModuleWithOpts(path, string(text), parserOptions())
	var several ast.Errors
	switch {
	case errors.As(err, &several):
		for _, one := range several {
			problems.at(one.Location, "%s", one.Message)
		}
		return nil
	case err != nil:
		problems.in(path, "%s", err)
		return nil
	case parsed == nil:
		problems.in(path, "nothing but comments; write a policy or remove the file")
		return nil
	}

	return parsed
}

// packageName returns the package as it is written, without data.
func packageName(parsed *ast.Module) string {
	return strings.TrimPrefix(parsed.Package.Path.String(), "data.")
}

// Parses says what keeps a text from being read as a policy at all, nil where
// nothing does. Whether its rules fit together is for Load to say.
func Parses(name string, text []byte) error {
	_, err := ast.ParseModuleWithOpts(name, string(text), parserOptions())

	return err
}
