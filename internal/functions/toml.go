package functions

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

const tomlName = "netlify.toml"

// maxToml is a hundred times what a large netlify.toml has.
const maxToml = 2 << 20

// Toml is what netlify.toml says that concerns functions.
type Toml struct {
	Path      string      `json:"path,omitempty"` // relative to the site's root; empty when there is none
	Scheduled []Scheduled `json:"scheduled,omitempty"`
	Problems  []Problem   `json:"problems,omitempty"`
	Publish   string      `json:"-"` // folder that is published, relative to the site's root; empty when it does not say
}

// Scheduled is one entry of [[scheduled.functions]], a table that people write
// and Netlify does not read.
type Scheduled struct {
	Name     string `json:"name"`
	Schedule string `json:"schedule"`
}

// tomlFile is the rest of netlify.toml.
type tomlFile struct {
	functionsDirectory string
	buildFunctions     string
	publish            string // of [build]
	settings           []tomlSettings
	headers            []map[string]any
	at                 map[string]unstable.Position // of keys and tables, by path joined with \x00
}

// tomlSettings is one [functions."glob"] table, or the settings of [functions]
// itself under the glob *.
type tomlSettings struct {
	glob   string
	values map[string]any
}

// readToml reads netlify.toml: that of the base directory when [build] base
// names one that has it, else that of the root.
func (s *search) readToml() {
	root, found := s.decodeToml(tomlName)
	if !found {
		return
	}
	build, _ := root["build"].(map[string]any)
	base, _ := build["base"].(string)
	base = path.Clean(strings.TrimLeft(base, "/"))
	switch {
	case base == ".":
		s.takeToml(root)
		return
	case outside(base):
		s.tomlProblem("build\x00base", Error, "the base directory %s is outside the repository, and Netlify refuses that", base)
		s.takeToml(root)
		return
	}
	s.site.Base = base
	own, at, problems := s.toml, s.site.Toml.Path, s.site.Toml.Problems
	s.site.Toml = Toml{}
	if inner, found := s.decodeToml(path.Join(base, tomlName)); found {
		s.takeToml(inner)
		return
	}
	s.toml, s.site.Toml.Path, s.site.Toml.Problems = own, at, problems
	s.takeToml(root)
}

// decodeToml reads one file. A broken one is found and empty.
func (s *search) decodeToml(rel string) (map[string]any, bool) {
	content, err := readPlain(s.abs(rel), maxToml)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	s.site.Toml.Path = rel
	if err != nil {
		s.site.Toml.Problems = append(s.site.Toml.Problems, Problem{File: rel, Kind: KindToml, Severity: Error, Message: "cannot be read: " + why(err)})
		return map[string]any{}, true
	}
	document := map[string]any{}
	if err := toml.Unmarshal(content, &document); err != nil {
		s.site.Toml.Problems = append(s.site.Toml.Problems, tomlError(rel, err))
		return map[string]any{}, true
	}
	s.toml.at = keyPositions(content)

	return document, true
}

// tomlError places what the decoder says.
func tomlError(rel string, err error) Problem {
	p := Problem{File: rel, Kind: KindToml, Severity: Error, Message: strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		p.Line, p.Column = at.Position()
	}

	return p
}

// keyPositions finds where each key and table begins.
func keyPositions(content []byte) map[string]unstable.Position {
	at := map[string]unstable.Position{}
	var p unstable.Parser
	p.Reset(content)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		var keys []string
		var first unstable.Range
		for it := e.Key(); it.Next(); {
			if len(keys) == 0 {
				first = it.Node().Raw
			}
			keys = append(keys, string(it.Node().Data))
		}
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keys
		case unstable.KeyValue:
			keys = append(table[:len(table):len(table)], keys...)
		}
		name := strings.Join(keys, "\x00")
		if _, known := at[name]; !known && len(keys) > 0 {
			at[name] = p.Shape(first).Start
		}
	}

	return at
}

// tomlProblem adds a problem of a key; the nearest table that is written gives
// the place.
func (s *search) tomlProblem(key, severity, format string, args ...any) {
	p := Problem{File: s.site.Toml.Path, Kind: KindToml, Severity: severity, Message: fmt.Sprintf(format, args...)}
	p.Line, p.Column = s.tomlPlace(key)
	s.site.Toml.Problems = append(s.site.Toml.Problems, p)
}

func (s *search) tomlPlace(key string) (line, column int) {
	for {
		if at, known := s.toml.at[key]; known {
			return at.Line, at.Column
		}
		i := strings.LastIndex(key, "\x00")
		if i < 0 {
			return 0, 0
		}
		key = key[:i]
	}
}

// takeToml takes out of a document what concerns functions.
func (s *search) takeToml(document map[string]any) {
	build, _ := document["build"].(map[string]any)
	s.toml.buildFunctions = s.tomlString(build, "build", "functions")
	s.toml.publish = s.tomlString(build, "build", "publish")
	if s.toml.publish != "" {
		s.site.Toml.Publish = path.Join(s.site.Base, strings.TrimLeft(s.toml.publish, "/"))
	}
	functions, isTable := document["functions"].(map[string]any)
	if document["functions"] != nil && !isTable {
		s.tomlProblem("functions", Error, "functions is no table; write [functions]")
	}
	s.toml.functionsDirectory = s.tomlString(functions, "functions", "directory")
	s.toml.settings = s.tomlSettings(functions)
	s.toml.headers = tables(document["headers"])
	scheduled, _ := document["scheduled"].(map[string]any)
	for _, entry := range tables(scheduled["functions"]) {
		name, _ := entry["name"].(string)
		cron, _ := entry["schedule"].(string)
		if cron == "" {
			cron, _ = entry["cron"].(string)
		}
		s.site.Toml.Scheduled = append(s.site.Toml.Scheduled, Scheduled{name, cron})
	}
}

// tomlString is a setting that is to be text; of another type it is a problem.
func (s *search) tomlString(table map[string]any, in, key string) string {
	value, there := table[key]
	if !there {
		return ""
	}
	text, isText := value.(string)
	if !isText {
		s.tomlProblem(in+"\x00"+key, Error, "%s of [%s] must be text in quotes", key, in)
	}

	return text
}

// tables are the tables of an array of tables.
func tables(value any) []map[string]any {
	var found []map[string]any
	list, _ := value.([]any)
	for _, entry := range list {
		if table, ok := entry.(map[string]any); ok {
			found = append(found, table)
		}
	}

	return found
}
