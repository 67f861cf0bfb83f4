package workflowfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what a file holds with its aliases written out.
const maxNodes = 100_000

var (
	anchor     = regexp.MustCompile(`(^|[\s\[\]{},:-])&[^\s&]`)
	alias      = regexp.MustCompile(`(^|[\s\[\]{},:-])\*[^\s*]`)
	lineNumber = regexp.MustCompile(`line (\d+)`)
	secretName = regexp.MustCompile(`(?i)\bsecrets(?:\.|\[\s*')([a-z_][a-z0-9_]*)`)
)

// document is a file as YAML tells it, with the positions of its parts. It is
// empty for a file that this parser does not take.
type document struct {
	root   *yaml.Node
	behind []Problem // of what stands behind it
}

// parseDocument reads a file as YAML. The problem is nil, or one of kind
// syntax-check where this parser refuses what another may take, or one for
// which no other need be asked.
func parseDocument(src []byte) (doc document, problem *Problem) {
	defer func() {
		if reason := recover(); reason != nil {
			doc, problem = document{}, &Problem{Kind: KindInternal, Fatal: true, Message: fmt.Sprintf("the YAML parser failed on this file: %v", reason)}
		}
	}()
	var node yaml.Node
	if err := yaml.Unmarshal(src, &node); err != nil {
		return document{}, yamlProblem(src, err)
	}
	if node.Kind == 0 || len(node.Content) == 0 {
		message := "empty: restore it, or delete it"
		if len(strings.TrimSpace(string(src))) > 0 {
			message = "only comments: there is no workflow in it"
		}
		return document{}, &Problem{Line: 1, Column: 1, Kind: KindEmpty, Message: message, Fatal: true}
	}
	if at, err := expands(&node); err != nil {
		return document{}, &Problem{Line: at.Line, Column: at.Column, Kind: KindAliases, Message: err.Error(), Fatal: true}
	}

	return document{root: node.Content[0], behind: secondDocument(src)}, nil
}

// yamlProblem is an error of the parser. Where the file may hold anchors it is
// final: without the tree nobody knows what they add up to.
func yamlProblem(src []byte, err error) *Problem {
	p := &Problem{Kind: kindSyntax, Message: "could not parse as YAML: " + strings.TrimPrefix(err.Error(), "yaml: "), Fatal: true}
	if found := lineNumber.FindStringSubmatch(err.Error()); found != nil {
		p.Line, _ = strconv.Atoi(found[1])
	}
	if anchor.Match(src) && alias.Match(src) {
		p.Kind = KindAliases
	}

	return p
}

// expands counts what a tree holds with its aliases written out.
func expands(root *yaml.Node) (*yaml.Node, error) {
	sizes := map[*yaml.Node]int{}
	var at *yaml.Node
	var count func(*yaml.Node) (int, error)
	count = func(n *yaml.Node) (int, error) {
		if n.Kind == yaml.AliasNode {
			at, n = n, n.Alias
		}
		if size, known := sizes[n]; known {
			if size < 0 {
				return 0, errors.New("an alias that contains itself")
			}
			return size, nil
		}
		sizes[n] = -1
		size := 1
		for _, child := range n.Content {
			inner, err := count(child)
			if err != nil {
				return 0, err
			}
			size += inner
			if size > maxNodes && at != nil {
				return 0, fmt.Errorf("aliases that add up to more than %d values", maxNodes)
			}
		}
		sizes[n] = size
		return size, nil
	}
	_, err := count(root)

	return at, err
}

// secondDocument tells of what stands behind the first document, which the
// library does not read and GitHub's own parser refuses.
func secondDocument(src []byte) []Problem {
	if !bytes.Contains(src, []byte("\n---")) {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var first, second yaml.Node
	if decoder.Decode(&first) != nil || errors.Is(decoder.Decode(&second), io.EOF) {
		return nil
	}

	return []Problem{{Line: second.Line, Column: second.Column, Kind: kindSyntax, Message: "a second document; a workflow file holds one: take the other out"}}
}

// key finds the key of a mapping and its value.
func key(mapping *yaml.Node, name string) (k, value *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}

	return nil, nil
}

// filled says whether the file has a key with something under it.
func (d document) filled(name string) bool {
	_, value := key(d.root, name)
	if value != nil && value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if value == nil || value.Tag == "!!null" {
		return false
	}

	return len(value.Content) > 0 || value.Kind == yaml.ScalarNode && value.Value != ""
}

// trueKey is the key true of the file, where it has no key on.
func (d document) trueKey() *yaml.Node {
	if on, _ := key(d.root, "on"); on != nil {
		return nil
	}
	for _, name := range []string{"true", "True", "TRUE"} {
		if k, _ := key(d.root, name); k != nil {
			return k
		}
	}

	return nil
}

// scalars calls f with every scalar of the file, and the key that it is the
// value of. What an alias names is told once.
func (d document) scalars(f func(key string, scalar *yaml.Node)) {
	var walk func(key string, n *yaml.Node)
	walk = func(key string, n *yaml.Node) {
		switch n.Kind {
		case yaml.ScalarNode:
			f(key, n)
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk("", n.Content[i])
				walk(n.Content[i].Value, n.Content[i+1])
			}
		case yaml.SequenceNode:
			for _, child := range n.Content {
				walk(key, child)
			}
		}
	}
	if d.root != nil {
		walk("", d.root)
	}
}

// readDocument reads what is told by no tree but that of YAML: secrets.
func (f *File) readDocument(doc document) {
	doc.scalars(func(key string, scalar *yaml.Node) {
		for _, text := range expressions(key, scalar.Value) {
			for _, found := range secretName.FindAllStringSubmatch(text, -1) {
				f.Secrets = append(f.Secrets, strings.ToUpper(found[1]))
			}
		}
	})
	slices.Sort(f.Secrets)
	f.Secrets = slices.DeleteFunc(slices.Compact(f.Secrets), func(name string) bool { return name == "GITHUB_TOKEN" })
}

// expressions are the parts of a value that GitHub evaluates.
func expressions(key, value string) []string {
	if key == "if" && !strings.Contains(value, "${{") {
		return []string{value}
	}
	var found []string
	for {
		_, rest, more := strings.Cut(value, "${{")
		if !more {
			return found
		}
		text, after, _ := strings.Cut(rest, "}}")
		found, value = append(found, text), after
	}
}
