package policies

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"rr/schemas"
)

// compiler returns a compiler with rr's capabilities and schemas.
func (e *Engine) compiler() *ast.Compiler {
	return ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(capabilities()).
		WithSchemas(e.schema.forOPA).
		WithUseTypeCheckAnnotations(true).
		WithDefaultRegoVersion(ast.RegoV1)
}

// compileToCheck compiles all modules, the operator's tests among them, as they are written.
// Between two stages of the compiler, where names are whole and everything else
// is still as written, it holds them against the contract and the linter.
func (e *Engine) compileToCheck(problems *problems) {
	e.resolved = map[string]*ast.Module{}
	compiler := e.compiler().WithStageAfterID(ast.StageResolveRefs, ast.CompilerStageDefinition{
		Name:       "RRCheck",
		MetricName: "rr_check",
		Stage: func(c *ast.Compiler) *ast.Error {
			for _, m := range e.modules {
				if resolved := c.Modules[m.path]; resolved != nil {
					e.resolved[m.path] = resolved.Copy()
				}
			}
			return nil
		},
	})
	// The tests that come with rr hold for it and are compiled when they run:
	// they are most of the text, and rr is to decide soon after it starts.
	shipped := builtinFiles()
	compiler.Compile(e.parsed(func(m *module) bool {
		return m.role != roleTest || string(shipped[m.path]) != string(e.files[m.path])
	}))

	e.checkReads(problems)
	e.lint(problems)
	e.explainErrors(compiler.Errors, problems)
	for _, m := range e.modules {
		if m.role == roleTest {
			delete(e.resolved, m.path) // no subject is ever explained by a test
		}
	}
}

// parsed returns copies of the modules that are wanted; a compiler changes what
// it compiles.
func (e *Engine) parsed(wanted func(*module) bool) map[string]*ast.Module {
	modules := map[string]*ast.Module{}
	for _, m := range e.modules {
		if wanted(m) {
			modules[m.path] = m.parsed.Copy()
		}
	}

	return modules
}

// prepare compiles what runs: no tests and no fixtures, and every answer with
// the position of its rule.
func (e *Engine) prepare() error {
	modules := e.parsed(func(m *module) bool { return m.role != roleTest && m.role != roleFixture })
	for _, m := range e.modules {
		if m.role == rolePolicy {
			wrap(modules[m.path])
		}
	}
	e.running = e.compiler()
	if e.running.Compile(modules); e.running.Failed() {
		return fmt.Errorf("compile policies with their positions: %w", e.running.Errors)
	}
	if err := e.prepareQuestions(); err != nil {
		return err
	}

	return e.prepareStores()
}

// wrap gives each answer the position of its rule. OPA's own tracker of rules
// that fired records only labelled ones, and not which rule gave which answer.
func wrap(parsed *ast.Module) {
	for _, rule := range parsed.Rules {
		if strings.HasPrefix(ruleName(rule), "_") || rule.Head.Key == nil {
			continue
		}
		at := fmt.Sprintf("%s:%d:%d", rule.Location.File, rule.Location.Row, rule.Location.Col)
		rule.Head.Key = ast.ObjectTerm(
			ast.Item(ast.StringTerm("at"), ast.StringTerm(at)),
			ast.Item(ast.StringTerm("answer"), rule.Head.Key),
		).SetLocation(rule.Head.Key.Location)
	}
}

// question is one query that asks policies for their answers.
type question struct {
	all      ast.Body            // every policy of the kind
	policies []string            // packages, sorted
	each     map[string]ast.Body // one policy, by package
}

// answerVar is the variable that holds the answers of a question.
const answerVar = "answers"

// prepareQuestions writes, for each kind, the query for all of its policies and
// that for each of them alone.
func (e *Engine) prepareQuestions() error {
	e.questions = map[string]question{}
	for _, k := range kinds() {
		q := question{each: map[string]ast.Body{}}
		var parts []string
		for _, pkg := range e.policiesOf(k) {
			part := e.ask(pkg, k)
			body, err := e.running.QueryCompiler().Compile(ast.MustParseBody(answerVar + " = {" + part + "}"))
			if err != nil {
				return fmt.Errorf("ask %s: %w", pkg, err)
			}
			q.policies, q.each[pkg], parts = append(q.policies, pkg), body, append(parts, part)
		}
		body, err := e.running.QueryCompiler().Compile(ast.MustParseBody(answerVar + " = {" + strings.Join(parts, ", ") + "}"))
		if err != nil {
			return fmt.Errorf("ask %s: %w", k.name, err)
		}
		q.all = body
		e.questions[k.name] = q
	}

	return nil
}

// ask writes the part of a query that asks for the public rules of a package.
func (e *Engine) ask(pkg string, k kind) string {
	var rules []string
	for _, name := range k.answers {
		if e.has(pkg, name) {
			rules = append(rules, fmt.Sprintf("%q: data.%s.%s", name, pkg, name))
		}
	}

	return fmt.Sprintf("%q: {%s}", pkg, strings.Join(rules, ", "))
}

// policiesOf lists the packages of a kind, sorted.
func (e *Engine) policiesOf(k kind) []string {
	seen := map[string]bool{}
	for _, m := range e.modules {
		if m.role == rolePolicy && m.kind.name == k.name {
			seen[m.pkg] = true
		}
	}

	return sortedKeys(seen)
}

func (e *Engine) has(pkg, rule string) bool {
	for _, m := range e.modules {
		if m.role != rolePolicy || m.pkg != pkg {
			continue
		}
		for _, r := range m.parsed.Rules {
			if ruleName(r) == rule {
				return true
			}
		}
	}

	return false
}

// configStore holds data.config of one scope. Its transaction is read from and
// never ended: nothing is ever written.
type configStore struct {
	store storage.Store
	txn   storage.Transaction
	root  ast.Value // {"config": …}
}

// prepareStores makes one store for each scope, because data.config differs
// between them, and one for the whole. All share the compiled policies.
func (e *Engine) prepareStores() error {
	e.stores = map[string]configStore{}
	c := e.options.Config
	configs := map[string]any{}
	for scope := range c.PM2 {
		configs[storeKey("pm2", scope)] = c.ForPM2(scope)
	}
	for scope := range c.GitHub {
		configs[storeKey("github", scope)] = c.ForGitHub(scope)
	}
	for scope := range c.Netlify {
		configs[storeKey("netlify", scope)] = c.ForNetlify(scope)
	}
	for scope := range c.Stores() {
		configs[storeKey("backup", scope)] = c.ForBackup()
	}
	for key, config := range configs {
		if err := e.prepareStore(key, config); err != nil {
			return err
		}
	}

	return e.prepareStore(overall, e.options.Config.ForOverall())
}

func storeKey(system, scope string) string { return system + "/" + scope }

func (e *Engine) prepareStore(key string, config any) error {
	value, err := jsonValue(map[string]any{"config": config})
	if err != nil {
		return fmt.Errorf("configuration for policies: %w", err)
	}
	object, _ := value.(map[string]any)
	store := inmem.NewFromObjectWithOpts(object, inmem.OptReturnASTValuesOnRead(true), inmem.OptRoundTripOnWrite(false))
	txn, err := store.NewTransaction(context.Background())
	if err != nil {
		return fmt.Errorf("configuration for policies: %w", err)
	}
	root, err := ast.InterfaceToValue(object)
	if err != nil {
		return fmt.Errorf("configuration for policies: %w", err)
	}
	e.stores[key] = configStore{store: store, txn: txn, root: root}

	return nil
}

// rung returns the place of a verb in the ladder of a target's kind, and
// whether it may act on one.
func (e *Engine) rung(verb string, target schemas.ID) (int, bool) {
	n, ok := e.verbs[verb].Rungs[target.Kind()]

	return n, ok
}
