package ecosystem

import (
	"path/filepath"
	"strings"
)

// The kinds of ecosystem files.
const (
	JSON = "json" // what PM2 evaluates as one JavaScript expression
	YAML = "yaml"
	JS   = "js" // a module
)

// taken is what PM2 takes a path for, "" for a script. It looks for these in
// the whole path that it is given, folders included, in this order.
func taken(path string) string {
	for _, known := range []struct{ part, kind string }{
		{".json", JSON},
		{".yml", YAML},
		{".yaml", YAML},
		{".config.js", JS},
		{".config.cjs", JS},
		{".config.mjs", JS},
	} {
		if strings.Contains(path, known.part) {
			return known.kind
		}
	}
	return ""
}

// kindByName is what the operator means by a name: what PM2 takes it for, and a
// module whose name says ecosystem or pm2 though PM2 would run it as a script.
// Any other module may be a program, and has no kind.
func kindByName(name string) string {
	if kind := taken(name); kind != "" {
		return kind
	}
	lower := strings.ToLower(name)
	switch filepath.Ext(lower) {
	case ".js", ".cjs", ".mjs":
		if strings.Contains(lower, "ecosystem") || strings.Contains(lower, "pm2") {
			return JS
		}
	}
	return ""
}

// Script tells whether PM2 would run the file itself, because of its name.
func (f File) Script() bool { return taken(f.Path) == "" }

// nameByContent is the name that makes PM2 take a file for what it is, by what
// is in it: what begins as JSON is that, what begins as YAML is that, and what
// else is there, or cannot be read, is a module.
func nameByContent(path string) string {
	content, err := readFile(path)
	if err != nil {
		return properName(path)
	}
	stem := strings.TrimSuffix(properName(path), ".config.cjs")
	if text := strings.TrimSpace(string(content)); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		if _, err := parseJSON(content); err == nil {
			return stem + ".json"
		}
	}
	if root, err := parseYAML(content); err == nil {
		for _, section := range sectionNames() {
			if _, has := root.fields[section]; has {
				return stem + ".yaml"
			}
		}
	}

	return properName(path)
}

// properName is the name that makes PM2 take a module for what it is.
func properName(path string) string {
	name := filepath.Base(path)
	ext := filepath.Ext(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ext), ".config")
	if name == "" {
		name = "ecosystem"
	}
	return name + ".config.cjs"
}
