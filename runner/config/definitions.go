package config

import (
	"fmt"
	"io/fs"
	"path"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/parser"

	"rr/schemas"
)

// schemaName begins the names of the schema's files in CUE's errors: no
// operator's file is called so.
const schemaName = "rr:schemas/"

// definition is one CUE definition of package schemas, as it is written.
type definition struct {
	file string // config.cue
	expr ast.Expr
}

// schemaFiles parses every CUE file of package schemas, in the order of their
// names.
func schemaFiles() ([]*ast.File, error) {
	names, err := fs.Glob(schemas.CUE, "*.cue")
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	var files []*ast.File
	for _, name := range names {
		file, err := schemaFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}

	return files, nil
}

// configFiles are the schema's files that say what a configuration may hold.
func configFiles() []string { return []string{"config.cue", "github.cue", "netlify.cue", "backup.cue"} }

// compile makes one value of the schema's files.
func compile(ctx *cue.Context, files []*ast.File) (cue.Value, error) {
	instance := build.NewContext().NewInstance("schemas", nil)
	for _, file := range files {
		if err := instance.AddSyntax(file); err != nil {
			return cue.Value{}, fmt.Errorf("schema: %w", err)
		}
	}
	if err := instance.Complete(); err != nil {
		return cue.Value{}, fmt.Errorf("schema: %w", err)
	}

	return ctx.BuildInstance(instance), nil
}

func schemaFile(name string) (*ast.File, error) {
	text, err := schemas.CUE.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read schemas: %w", err)
	}
	file, err := parser.ParseFile(schemaName+name, text)
	if err != nil {
		return nil, fmt.Errorf("parse schemas: %w", err)
	}

	return file, nil
}

// definitions returns the CUE definitions of files by name, # and all.
func definitions(files ...*ast.File) (map[string]definition, error) {
	found := map[string]definition{}
	for _, file := range files {
		for _, decl := range file.Decls {
			field, ok := decl.(*ast.Field)
			if !ok {
				continue
			}
			name, _, err := ast.LabelName(field.Label)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file.Filename, err)
			}
			if _, twice := found[name]; twice {
				return nil, fmt.Errorf("%s: %s is defined twice", file.Filename, name)
			}
			found[name] = definition{file: path.Base(file.Filename), expr: field.Value}
		}
	}

	return found, nil
}

// allDefinitions returns every CUE definition of package schemas.
func allDefinitions() (map[string]definition, error) {
	files, err := schemaFiles()
	if err != nil {
		return nil, err
	}

	return definitions(files...)
}
