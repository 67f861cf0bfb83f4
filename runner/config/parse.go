package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"rr/schemas"
)

// Parse validates the text of a configuration that was read from path, or
// recorded of it. It reads nothing. The error is Errors.
func Parse(path string, text []byte) (loaded Loaded, err error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Loaded{}, fmt.Errorf("%s: %w", path, err)
	}
	// CUE has panicked on texts before. A text that it cannot bear is a mistake of
	// the text to the operator, and must not end an rr that runs.
	defer func() {
		if r := recover(); r != nil {
			err = Errors{{File: path, Message: fmt.Sprintf("CUE cannot read this: %v", r)}}
		}
	}()
	if e := unreadable(path, text); e != nil {
		return Loaded{}, e
	}
	config, errs := evaluate(path, text)
	if err := errs.orNil(); err != nil {
		return Loaded{}, err
	}
	sum := sha256.Sum256(text)

	return Loaded{Config: config, Text: text, Path: absolute, Hash: hex.EncodeToString(sum[:])}, nil
}

// unreadable refuses what is not to be given to CUE at all.
func unreadable(path string, text []byte) error {
	switch {
	case len(text) > maxText:
		return Errors{{File: path, Message: "is larger than 1 MB: this is no configuration"}}
	case !utf8.Valid(text):
		line, col := invalidUTF8(text)
		return Errors{{File: path, Line: line, Col: col, Message: "is not UTF-8 from here on"}}
	case len(bytes.TrimSpace(text)) == 0:
		return Errors{{File: path, Message: "is empty; rr init writes one"}}
	}
	if n := parts(text); n > maxParts {
		return Errors{{File: path, Message: fmt.Sprintf("has %d lines and commas, more than the %d that rr reads", n, maxParts)}}
	}
	if line, col, deep := nesting(text); deep {
		return Errors{{File: path, Line: line, Col: col, Message: "is nested too deeply from here on"}}
	}

	return nil
}

func invalidUTF8(text []byte) (line, col int) {
	line, col = 1, 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if col += size; r == '\n' {
			line, col = line+1, 1
		}
		text = text[size:]
	}

	return line, col
}

// evaluate unifies the text with #Config and decodes the result. Each call has
// a CUE context of its own: a shared one grows with every reload.
func evaluate(path string, text []byte) (schemas.Config, Errors) {
	teller, err := newTeller(path)
	if err != nil {
		return schemas.Config{}, Errors{{File: path, Message: err.Error()}}
	}
	file, err := parser.ParseFile(path, text)
	if err != nil {
		return schemas.Config{}, teller.own(err)
	}
	errs := append(secrets(path, file), teller.fields(file)...)

	ctx := cuecontext.New()
	user := ctx.BuildFile(file)
	teller.user = user
	errs = append(errs, teller.own(user.Validate(cue.Concrete(true)))...)
	schema, err := compile(ctx, teller.schema)
	if err != nil {
		return schemas.Config{}, Errors{{File: path, Message: err.Error()}}
	}
	whole := schema.LookupPath(cue.ParsePath("#Config")).Unify(user)
	errs = append(errs, teller.againstSchema(whole.Validate(cue.Concrete(true), cue.Final()))...)
	if len(errs) > 0 {
		return schemas.Config{}, errs
	}

	config, err := decode(whole)
	if err != nil {
		return schemas.Config{}, Errors{{File: path, Message: err.Error()}}
	}

	return config, check(config, places{path: path, user: user})
}

// decode reads a complete value into the Go type and takes no field that the
// type does not have.
func decode(whole cue.Value) (schemas.Config, error) {
	b, err := whole.MarshalJSON()
	if err != nil {
		return schemas.Config{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	var config schemas.Config
	if err := decoder.Decode(&config); err != nil {
		return schemas.Config{}, err
	}

	return config, nil
}
