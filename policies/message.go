package policies

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// explainErrors tells the compiler's errors in the words of an author: which
// name is wrong, which names there are, what to do.
func (e *Engine) explainErrors(errs ast.Errors, problems *problems) {
	for _, err := range errs {
		problems.at(err.Location, "%s", explain(err))
	}
}

func explain(err *ast.Error) string {
	switch detail := err.Details.(type) {
	case *ast.RefErrInvalidDetail:
		return explainRef(detail)
	case *ast.RefErrUnsupportedDetail:
		return fmt.Sprintf("%s: %s has no fields, it is %v", detail.Ref, detail.Ref[:detail.Pos+1], detail.Have)
	}
	if name, ok := strings.CutPrefix(err.Message, "undefined function "); ok {
		return explainFunction(name)
	}

	message := err.Message
	if lines, ok := err.Details.(interface{ Lines() []string }); ok {
		message += "; " + strings.Join(lines.Lines(), "; ")
	}

	return message
}

// explainRef tells a name that the schema does not have.
func explainRef(detail *ast.RefErrInvalidDetail) string {
	have := ""
	if detail.Pos < len(detail.Ref) {
		have = termText(detail.Ref[detail.Pos])
	}
	var names []string
	for _, name := range detail.OneOf {
		names = append(names, termText(ast.NewTerm(name)))
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s: %s has no %q; it is of another type: %v", detail.Ref, detail.Ref[:detail.Pos], have, detail.Want)
	}

	return fmt.Sprintf("%s: %s has no %q; %s", detail.Ref, detail.Ref[:detail.Pos], have, choices(have, names))
}

func explainFunction(name string) string {
	if why, removed := removedBecause(name); removed {
		return fmt.Sprintf("built-in function %s is removed: %s", name, why)
	}
	var names []string
	for _, b := range capabilities().Builtins {
		names = append(names, b.Name)
	}
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf("undefined function %s; did you mean %q?", name, near)
	}

	return fmt.Sprintf("undefined function %s; a helper in the same package begins with _, a shared one is in policies.lib", name)
}

// termText is a term as a word: a string without its quotes.
func termText(term *ast.Term) string {
	if word, ok := term.Value.(ast.String); ok {
		return string(word)
	}

	return term.String()
}
