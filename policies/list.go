package policies

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Where a policy comes from.
const (
	OriginBuiltin  = "builtin"
	OriginYours    = "yours"
	OriginReplaced = "replaced" // yours, in place of the built-in one
)

// PolicyInfo is one policy, as its METADATA tells.
type PolicyInfo struct {
	Package     string `json:"package"`
	Kind        string `json:"kind"` // pm2/process, or overall
	Title       string `json:"title"`
	Description string `json:"description"`
	File        string `json:"file"`
	Origin      string `json:"origin"` // builtin, yours or replaced
}

// List returns all policies in the order of their files.
func (e *Engine) List() []PolicyInfo {
	files := builtinFiles()
	taken := packages(files)
	list := []PolicyInfo{}
	for _, m := range e.modules {
		if m.role != rolePolicy {
			continue
		}
		info := PolicyInfo{Package: m.pkg, Kind: m.kind.name, File: m.path, Origin: OriginYours}
		info.Title, info.Description = about(m.parsed)
		switch {
		case string(files[m.path]) == string(e.files[m.path]):
			info.Origin = OriginBuiltin
		case slices.Contains(taken, m.pkg):
			info.Origin = OriginReplaced
		}
		list = append(list, info)
	}

	return list
}

func about(parsed *ast.Module) (title, description string) {
	for _, annotation := range parsed.Annotations {
		if annotation.Scope == "package" || annotation.Scope == "subpackages" {
			return annotation.Title, strings.TrimSpace(annotation.Description)
		}
	}

	return "", ""
}
