package policies

import (
	"fmt"
	"maps"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// Options says what an engine is made of.
type Options struct {
	Config schemas.Config
	Dir    string         // the operator's folder, loaded over the built-in set; empty for none
	Verbs  []schemas.Verb // every verb that rr has; an answer with another one is an error
	Limits Limits

	ConfigHash string // by which decisions name the configuration; that of its values where empty
}

// Limits bound what policies may cost. A zero value takes its default.
type Limits struct {
	Deadline    time.Duration // of one question about one subject; 1s
	Turn        time.Duration // of all questions of one decision; 10s
	MemoryBytes uint64        // that the heap may grow by during a decision; 256 MiB
	MaxAnswers  int           // of one policy about one subject; 100
}

func (l Limits) withDefaults() Limits {
	if l.Deadline == 0 {
		l.Deadline = time.Second
	}
	if l.Turn == 0 {
		l.Turn = 10 * time.Second
	}
	if l.MemoryBytes == 0 {
		l.MemoryBytes = 256 << 20
	}
	if l.MaxAnswers == 0 {
		l.MaxAnswers = 100
	}

	return l
}

// Engine is a set of policies that was checked and compiled. It is safe for
// concurrent use and never changes.
type Engine struct {
	options    Options
	configHash string
	files      map[string][]byte
	hash       string
	schema     *schemaSet
	verbs      map[string]schemas.Verb
	modules    []*module              // in the order of their paths
	resolved   map[string]*ast.Module // by path: with imports resolved, otherwise as written
	running    *ast.Compiler          // without tests; every answer carries its position
	questions  map[string]question    // by kind
	stores     map[string]configStore // by scope of PM2, the whole under overall
	warnings   []string
}

// Load reads the built-in policies and the operator's, checks, compiles and
// type-checks them. Its error joins all that is wrong, each as
// file:line:col: message.
func Load(opts Options) (*Engine, error) {
	files, warnings, err := gather(opts.Dir, opts.Config)
	if err != nil {
		return nil, err
	}
	engine, err := FromFiles(opts, files)
	if err != nil {
		return nil, err
	}
	engine.warnings = append(warnings, engine.warnings...)

	return engine, nil
}

// Reload is Load by an engine that is in force: where the texts are the same,
// what was compiled of them is used again, and only the configuration is new.
func (e *Engine) Reload(opts Options) (*Engine, error) {
	files, warnings, err := gather(opts.Dir, opts.Config)
	if err != nil {
		return nil, err
	}
	hash, err := schemas.Hash(files)
	if err != nil {
		return nil, err
	}
	if hash != e.hash {
		engine, err := FromFiles(opts, files)
		if err != nil {
			return nil, err
		}
		engine.warnings = append(warnings, engine.warnings...)

		return engine, nil
	}

	same := *e
	opts.Limits = opts.Limits.withDefaults()
	same.options = opts
	if same.configHash, err = configHash(opts); err != nil {
		return nil, err
	}

	return &same, same.prepareStores()
}

// configHash is by what decisions name a configuration.
func configHash(opts Options) (string, error) {
	if opts.ConfigHash != "" {
		return opts.ConfigHash, nil
	}

	return schemas.Hash(opts.Config)
}

// FromFiles makes an engine of recorded texts, as Files returned them. Neither
// the built-in set nor Options.Dir is read.
func FromFiles(opts Options, files map[string][]byte) (*Engine, error) {
	opts.Limits = opts.Limits.withDefaults()
	engine := &Engine{options: opts, files: maps.Clone(files), verbs: map[string]schemas.Verb{}}
	for _, verb := range opts.Verbs {
		engine.verbs[verb.Name] = verb
	}

	var err error
	if engine.hash, err = schemas.Hash(files); err != nil {
		return nil, err
	}
	if engine.configHash, err = configHash(opts); err != nil {
		return nil, err
	}
	if engine.schema, err = readSchemas(schemas.JSON); err != nil {
		return nil, fmt.Errorf("schemas of policies: %w", err)
	}
	if err := engine.check(); err != nil {
		return nil, err
	}

	return engine, engine.prepare()
}

// check parses all modules and holds them against the contract, the linter and
// the type checker.
func (e *Engine) check() error {
	var problems problems
	e.modules = parse(e.files, &problems)
	checkContract(e.modules, &problems)
	if problems.any() {
		return problems.err()
	}
	e.compileToCheck(&problems)
	e.warnings = problems.warnings()

	return problems.err()
}

// Files returns what was loaded, by path. It is what FromFiles takes.
func (e *Engine) Files() map[string][]byte { return maps.Clone(e.files) }

// Hash is the hash of Files, as in Decision.PoliciesHash.
func (e *Engine) Hash() string { return e.hash }

// Warnings tells what is not surely wrong, each as file:line:col: message.
func (e *Engine) Warnings() []string { return append([]string{}, e.warnings...) }
