package config

import (
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
)

// teller turns CUE's errors into mistakes of one file, in the words of its
// operator.
type teller struct {
	path   string
	schema []*ast.File // those that say what a configuration may hold
	tree   *jsonSchema // #Config, to say which names and types there are
	user   cue.Value   // the file, to find a place that CUE does not tell; none before it is parsed
}

func newTeller(path string) (teller, error) {
	var schema []*ast.File
	for _, name := range configFiles() {
		file, err := schemaFile(name)
		if err != nil {
			return teller{}, err
		}
		schema = append(schema, file)
	}
	defs, err := definitions(schema...)
	if err != nil {
		return teller{}, err
	}
	tree, err := translator{defs: defs}.name("#Config")
	if err != nil {
		return teller{}, fmt.Errorf("schema: %w", err)
	}

	return teller{path: path, schema: schema, tree: tree}, nil
}

// own tells what is wrong with the file by itself: its syntax, names that
// nothing defines, values that contradict each other.
func (t teller) own(err error) Errors {
	var told Errors
	for _, e := range errors.Errors(err) {
		text := plain(e)
		if consequence(text) {
			continue
		}
		places := t.places(e)
		switch name, isReference := undefined(text); {
		case strings.Contains(text, "imported but not defined"):
			text = "only CUE's own packages can be imported, as in import \"strings\""
		case isReference:
			text = fmt.Sprintf("%s is not defined; text is written in quotes: %q", name, name)
		case strings.HasPrefix(text, "conflicting values") && len(places) > 1:
			text = fmt.Sprintf("%s is given two values, here and in line %d", dotted(e.Path()), places[1].Line())
		case strings.HasPrefix(text, "missing ','"):
			text = "expected a new line or ',' before this; text and durations are written in quotes, and one name in another as in pm2: local: {}"
		case strings.HasPrefix(text, "incomplete value"):
			text = fmt.Sprintf("%s has no value: a type or a condition is not enough", dotted(e.Path()))
		default:
			text = subject(e.Path(), text)
		}
		told = append(told, t.at(places, e.Path(), text))
	}

	return told
}

// againstSchema tells where the file is not what #Config says.
func (t teller) againstSchema(err error) Errors {
	var told Errors
	for _, e := range errors.Errors(err) {
		path := e.Path()
		if len(path) > 0 && path[0] == "#Config" {
			path = path[1:]
		}
		text := plain(e)
		if consequence(text) || len(told) > maxTold {
			continue
		}
		told = append(told, t.at(t.places(e), path, t.mismatch(e, path, text)))
	}

	return told
}

func (t teller) mismatch(e errors.Error, path []string, text string) string {
	switch {
	case strings.HasPrefix(text, "field not allowed") && len(path) > 0:
		return t.unknown(path)
	case strings.HasPrefix(e.Position().Filename(), schemaName): // said by error("…") in the schema
		return subject(path, text)
	}
	if wanted := t.wanted(path); wanted != "" {
		return wanted
	}

	return subject(path, text)
}

// places returns the positions of an error that are in the operator's file.
func (t teller) places(e errors.Error) []token.Pos {
	var places []token.Pos
	for _, pos := range append([]token.Pos{e.Position()}, e.InputPositions()...) {
		if pos.IsValid() && pos.Filename() == t.path {
			places = append(places, pos)
		}
	}

	return places
}

// at puts a message to the first of the places or, where there is none, to where
// the file gives the value at path.
func (t teller) at(positions []token.Pos, path []string, message string) Error {
	told := Error{File: t.path, Message: oneLine(message)}
	if len(positions) > 0 {
		told.Line, told.Col = positions[0].Line(), positions[0].Column()
	} else {
		told.Line, told.Col = places{path: t.path, user: t.user}.of(path)
	}

	return told
}

// subject lets a message begin with the whole path of what it is about.
func subject(path []string, text string) string {
	for len(path) > 0 && isIndex(path[len(path)-1]) {
		path = path[:len(path)-1]
	}
	if len(path) == 0 {
		return text
	}
	if rest, ok := strings.CutPrefix(text, path[len(path)-1]+" "); ok {
		return dotted(path) + " " + rest
	}

	return dotted(path) + ": " + text
}

func dotted(path []string) string { return strings.Join(path, ".") }

func isIndex(name string) bool {
	_, err := strconv.Atoi(name)
	return err == nil
}

// undefined returns the name that CUE did not find a definition of.
func undefined(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, "reference ")
	if !ok {
		return "", false
	}
	quoted, ok := strings.CutSuffix(rest, " not found")
	name, err := strconv.Unquote(quoted)

	return name, ok && err == nil
}

// consequence tells what CUE says besides the mistake itself: how many parts of
// an alternative are wrong, and each use of a package that is not there.
func consequence(text string) bool {
	return strings.HasSuffix(text, "in empty disjunction:") || strings.HasPrefix(text, "import ") && strings.HasSuffix(text, " not found")
}

// plain is what CUE says, without path and position.
func plain(e errors.Error) string {
	format, args := e.Msg()
	return fmt.Sprintf(format, args...)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
