package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
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
		if _, isStruct := field.Value.(*ast.StructLit); err != nil || isStruct || !secretName(name) || tellsOfASecret(name, field.Value) {
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

// tellsOfASecret knows the fields of a configuration that are named for a secret
// and hold none, as long as they hold what they are for.
func tellsOfASecret(name string, value ast.Expr) bool {
	literal, ok := value.(*ast.BasicLit)
	switch name {
	case "gh_token", "secret":
		return ok && (literal.Kind == token.TRUE || literal.Kind == token.FALSE)
	case "token_expires":
		return ok && lasts(literal)
	}

	return false
}

func lasts(literal *ast.BasicLit) bool {
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return false
	}
	_, err = time.ParseDuration(text)

	return err == nil
}

func secretAdvice(name string) string {
	name = strings.ToLower(strings.TrimLeft(name, "_#"))
	return fmt.Sprintf("no secret may be in this file: name the environment variable that holds it (%s_env: %q) or its file (%s_file)", name, strings.ToUpper(name), name)
}
