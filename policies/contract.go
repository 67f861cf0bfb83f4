package policies

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// checkContract tells every module what it is for and refuses what a module of
// that kind may not be called or define. Without it such a module would be
// accepted and never asked.
func checkContract(modules []*module, problems *problems) {
	for _, m := range modules {
		if !m.place(problems) {
			continue
		}
		m.checkFileName(problems)
		m.checkVersion(problems)
		m.checkRules(problems)
	}
	checkAnswers(modules, problems)
	checkTested(modules, problems)
}

// place finds what a module is for by its package.
func (m *module) place(problems *problems) bool {
	name := strings.TrimSuffix(m.pkg, testSuffix)
	parent, isPolicy := kindOf(name)
	switch {
	case slices.Contains(kindNames(), m.pkg):
		i := slices.Index(kindNames(), m.pkg)
		m.role, m.kind = roleKind, kinds()[i]
	case under(m.pkg, "policies.fixtures"):
		m.role = roleFixture
	case under(name, "policies.lib") && name != m.pkg, isPolicy && name != m.pkg:
		m.role, m.kind, m.tested = roleTest, parent, name
	case under(m.pkg, "policies.lib"):
		m.role = roleLib
	case isPolicy:
		m.role, m.kind = rolePolicy, parent
	default:
		problems.at(m.parsed.Package.Location, "package %s is not asked about anything; a policy is a package one level below its kind, as in package policies.pm2.process.mine; %s",
			m.pkg, choices(parentPackage(m.pkg), append(kindNames(), "policies.lib")))
		return false
	}

	return true
}

// under says whether a package is base or below it.
func under(pkg, base string) bool { return pkg == base || strings.HasPrefix(pkg, base+".") }

func parentPackage(pkg string) string {
	if i := strings.LastIndexByte(pkg, '.'); i >= 0 {
		return pkg[:i]
	}

	return pkg
}

// checkFileName holds file and package together: a test in the running set
// would be taken for a policy, a policy in a test file would never be asked.
func (m *module) checkFileName(problems *problems) {
	isTestFile := strings.HasSuffix(strings.TrimSuffix(path.Base(m.path), ".rego"), testSuffix)
	where := m.parsed.Package.Location
	if isTestFile && m.role != roleTest {
		problems.at(where, "package %s is in a test file; name the package %s%s, or the file without %s", m.pkg, m.pkg, testSuffix, testSuffix)
	}
	if !isTestFile && m.role == roleTest {
		problems.at(where, "package %s holds tests; name its file %s%s.rego", m.pkg, strings.TrimSuffix(path.Base(m.path), ".rego"), testSuffix)
	}
}

// checkVersion tells a policy that was written for another contract so, rather
// than to let its names fail one by one.
func (m *module) checkVersion(problems *problems) {
	for _, annotation := range m.parsed.Annotations {
		written, ok := annotation.Custom["contract"]
		if !ok {
			continue
		}
		if number, isNumber := written.(json.Number); isNumber {
			written = string(number)
		}
		if contract := strings.TrimSpace(toString(written)); contract != strconv.Itoa(schemas.ContractVersion) {
			problems.at(annotation.Location, "written for contract %s, and this rr speaks contract %d; rr policies eject writes examples of it", contract, schemas.ContractVersion)
		}
	}
}

func toString(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}

	return strings.Trim(string(b), `"`)
}

// checkRules refuses public rules that rr would never ask for.
func (m *module) checkRules(problems *problems) {
	for _, rule := range m.parsed.Rules {
		name := ruleName(rule)
		if strings.HasPrefix(name, "_") || m.role == roleFixture || m.role == roleLib {
			continue
		}
		switch m.role {
		case roleKind:
			problems.at(rule.Location, "package %s carries the schemas of its policies and has no rules; put %s into a package below it", m.pkg, name)
		case roleTest:
			if !strings.HasPrefix(name, "test_") && !strings.HasPrefix(name, "todo_test_") {
				problems.at(rule.Location, "%s is never run: the name of a test begins with test_, that of a helper with _", name)
			}
		case rolePolicy:
			m.checkAnswer(rule, name, problems)
		}
	}
}

func (m *module) checkAnswer(rule *ast.Rule, name string, problems *problems) {
	if !slices.Contains(m.kind.answers, name) {
		problems.at(rule.Location, "%s is never asked for; %s; the name of a helper begins with _", name, choices(name, m.kind.answers))
		return
	}
	if rule.Default || rule.Head.RuleKind() != ast.MultiValue || len(rule.Head.Reference) > 1 {
		problems.at(rule.Location, "write %s with contains: %s contains answer if { … }", name, name)
	}
}

// checkAnswers refuses a policy that answers nothing: it was meant to.
func checkAnswers(modules []*module, problems *problems) {
	first, answers := map[string]*module{}, map[string]bool{}
	for _, m := range modules {
		if m.role != rolePolicy {
			continue
		}
		if first[m.pkg] == nil {
			first[m.pkg] = m
		}
		for _, rule := range m.parsed.Rules {
			answers[m.pkg] = answers[m.pkg] || !strings.HasPrefix(ruleName(rule), "_")
		}
	}
	for pkg, m := range first {
		if !answers[pkg] {
			problems.at(m.parsed.Package.Location, "package %s answers nothing; %s", pkg, "write one of "+strings.Join(m.kind.answers, ", "))
		}
	}
}

// checkTested refuses tests of a policy that does not exist.
func checkTested(modules []*module, problems *problems) {
	var names []string
	for _, m := range modules {
		if m.role == rolePolicy || m.role == roleLib {
			names = append(names, m.pkg)
		}
	}
	for _, m := range modules {
		if m.role == roleTest && !slices.Contains(names, m.tested) {
			problems.at(m.parsed.Package.Location, "package %s tests %s, which does not exist; %s", m.pkg, m.tested, choices(m.tested, names))
		}
	}
}

// ruleName is the first part of a rule's name.
func ruleName(rule *ast.Rule) string {
	if len(rule.Head.Reference) > 0 {
		if name, ok := rule.Head.Reference[0].Value.(ast.Var); ok {
			return string(name)
		}
	}

	return string(rule.Head.Name)
}
