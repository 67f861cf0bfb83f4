package config

import (
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// fields finds every field of a file, at any depth, that #Config does not have.
// CUE finds them too, but holds some back while values beside them are wrong,
// and an operator wants to be told all at once.
func (t teller) fields(file *ast.File) Errors {
	return t.inDecls(file.Decls, t.tree, nil)
}

func (t teller) inDecls(decls []ast.Decl, here *jsonSchema, path []string) Errors {
	var told Errors
	for _, decl := range decls {
		if len(told) > maxTold {
			break
		}
		switch d := decl.(type) {
		case *ast.Field:
			told = append(told, t.inField(d, here, path)...)
		case *ast.EmbedDecl:
			told = append(told, t.inExpr(d.Expr, here, path)...)
		case *ast.Comprehension:
			told = append(told, t.inExpr(d.Value, here, path)...)
		}
	}

	return told
}

// inField leaves alone what is not part of the configuration: definitions,
// hidden fields and labels that are computed.
func (t teller) inField(field *ast.Field, here *jsonSchema, path []string) Errors {
	name, _, err := ast.LabelName(field.Label)
	_, isIdent := field.Label.(*ast.Ident)
	if err != nil || isIdent && (name[0] == '_' || name[0] == '#') || here.Type != "object" {
		return nil
	}
	path = append(path[:len(path):len(path)], name)
	if here.Properties[name] == nil && here.entry() == nil {
		return Errors{t.at([]token.Pos{field.Label.Pos()}, path, t.unknown(path))}
	}

	return t.inExpr(field.Value, here.at([]string{name}), path)
}

func (t teller) inExpr(expr ast.Expr, here *jsonSchema, path []string) Errors {
	switch e := expr.(type) {
	case *ast.StructLit:
		return t.inDecls(e.Elts, here, path)
	case *ast.ParenExpr:
		return t.inExpr(e.X, here, path)
	case *ast.BinaryExpr:
		if e.Op == token.AND {
			return append(t.inExpr(e.X, here, path), t.inExpr(e.Y, here, path)...)
		}
	}

	return nil
}
