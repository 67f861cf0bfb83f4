package ecosystem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// parseYAML reads one YAML document. Errors begin with line:col or line and
// hold nothing of the content.
func parseYAML(content []byte) (value, error) {
	var root, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	err := decoder.Decode(&root)
	if errors.Is(err, io.EOF) {
		return value{}, errors.New("1:1: the file is empty; name the apps: below the key apps")
	}
	if err != nil {
		return value{}, yamlError(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return value{}, fmt.Errorf("%d:%d: a second document, which PM2 refuses; take it out", second.Line, second.Column)
	case !errors.Is(err, io.EOF):
		return value{}, yamlError(err)
	}
	r := yamlReader{left: maxValues}
	return r.value(&root, 0)
}

// maxValues bounds what a document holds with its aliases written out.
const maxValues = 100_000

type yamlReader struct{ left int }

func (r *yamlReader) value(node *yaml.Node, depth int) (value, error) {
	at := position{node.Line, node.Column}
	if r.left--; r.left < 0 || depth > maxDepth {
		return value{}, fmt.Errorf("%d:%d: aliases that add up to more than %d values or are nested more than %d deep", at.line, at.col, maxValues, maxDepth)
	}
	v := value{at: at}
	switch node.Kind {
	case yaml.DocumentNode:
		return r.value(node.Content[0], depth+1)
	case yaml.AliasNode:
		return r.value(node.Alias, depth+1)
	case yaml.SequenceNode:
		v.kind = list
		for _, child := range node.Content {
			item, err := r.value(child, depth+1)
			if err != nil {
				return value{}, err
			}
			v.list = append(v.list, item)
		}
		return v, nil
	case yaml.MappingNode:
		v.kind, v.fields = object, settings{}
		return v, r.mapping(node, v.fields, depth)
	}
	return r.scalar(node, v)
}

// mapping reads the fields of a mapping; its own go before those merged in.
func (r *yamlReader) mapping(node *yaml.Node, fields settings, depth int) error {
	merged := settings{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, child := node.Content[i], node.Content[i+1]
		v, err := r.value(child, depth+1)
		if err != nil {
			return err
		}
		if key.Tag == "!!merge" {
			merge(merged, v)
			continue
		}
		if _, twice := fields[key.Value]; twice {
			return fmt.Errorf("%d:%d: this key stands twice in one mapping; take one out", key.Line, key.Column)
		}
		fields[key.Value] = v
	}
	for key, v := range merged {
		if _, own := fields[key]; !own {
			fields[key] = v
		}
	}
	return nil
}

// merge adds the fields of what a << names; the first of several wins.
func merge(fields settings, v value) {
	for _, item := range v.list {
		merge(fields, item)
	}
	for key, field := range v.fields {
		if _, earlier := fields[key]; !earlier {
			fields[key] = field
		}
	}
}

func (r *yamlReader) scalar(node *yaml.Node, v value) (value, error) {
	switch node.ShortTag() {
	case "!!null":
		v.kind = null
	case "!!bool":
		v.kind = boolean
		return v, r.decode(node, &v.truth)
	case "!!int", "!!float":
		v.kind = number
		return v, r.decode(node, &v.number)
	case "!!timestamp":
		v.kind, v.fields = object, settings{} // a Date to PM2
	default:
		v.kind, v.text = text, node.Value
	}
	return v, nil
}

func (r *yamlReader) decode(node *yaml.Node, into any) error {
	if node.Decode(into) != nil {
		return fmt.Errorf("%d:%d: not what its tag says", node.Line, node.Column)
	}
	return nil
}

// yamlError keeps the line of an error, and its text where that quotes nothing.
func yamlError(err error) error {
	match := regexp.MustCompile(`^yaml: (?:line (\d+): )?([a-z ,]+)$`).FindStringSubmatch(err.Error())
	if match == nil {
		line := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(err.Error())
		if line == nil {
			return errors.New(" not YAML")
		}
		return fmt.Errorf("%s: not YAML", line[1])
	}
	if match[1] == "" {
		return fmt.Errorf(" not YAML: %s", match[2])
	}
	line, _ := strconv.Atoi(match[1])
	return fmt.Errorf("%d: not YAML: %s", line, match[2])
}
