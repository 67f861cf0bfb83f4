package config

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
)

// secrets refuses every field, hidden ones too, that by its name holds a
// secret: the text of a configuration is journalled and shown. A secret is named
// by its environment variable (…_env) or its file (…_file).
func secrets(path string, file *ast.File) Errors {
	var found Errors
	ast.Walk(file, func(node ast.Node) bool {
		field, ok := node.(*ast.Field)
		if !ok {
			return true
		}
		name, _, err := ast.LabelName(field.Label)
		if _, isStruct := field.Value.(*ast.StructLit); err != nil || isStruct || !secretName(name) {
			return true
		}
		pos := field.Label.Pos()
		found = append(found, Error{File: path, Line: pos.Line(), Col: pos.Column(), Message: name + ": field not allowed; " + secretAdvice(name)})

		return true
	}, nil)

	return found
}

func secretName(name string) bool {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, "_env") || strings.HasSuffix(name, "_file") {
		return false
	}
	for _, word := range []string{"token", "secret", "password", "passwd", "passphrase", "credential", "api_key", "apikey", "private_key"} {
		if strings.Contains(name, word) {
			return true
		}
	}

	return false
}

func secretAdvice(name string) string {
	name = strings.ToLower(strings.TrimLeft(name, "_#"))
	return fmt.Sprintf("no secret may be in this file: name the environment variable that holds it (%s_env: %q) or its file (%s_file)", name, strings.ToUpper(name), name)
}
