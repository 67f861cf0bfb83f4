package policies

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// removal is a family of built-in functions that policies do without, and why.
type removal struct {
	name string // of a function, or the start of it where it ends in a dot
	why  string
}

func removals() []removal {
	const (
		reaches = "it reaches outside, and a policy reads only its input"
		changes = "it answers differently each time, and a recorded turn must give its decision again"
		deaf    = "it cannot be stopped at a deadline"
		code    = "a policy judges things, not code"
		secrets = "a policy needs no secrets"
	)

	return []removal{
		{"http.send", reaches},
		{"net.", reaches},
		{"opa.runtime", reaches + "; it shows the environment with its secrets"},
		{"providers.", reaches},
		{"json.match_schema", "it can fetch a schema from outside"},
		{"json.verify_schema", "it can fetch a schema from outside"},
		{"graphql.", code},
		{"rego.parse_module", code},
		{"rand.", changes},
		{"uuid.rfc4122", changes},
		{"time.now_ns", changes + "; read input.taken_at"},
		{"io.jwt.", secrets},
		{"crypto.x509.", secrets},
		{"crypto.parse_private_keys", secrets},
		{"crypto.hmac.", secrets},
		{"bits.lsh", deaf},
		{"graph.reachable_paths", deaf},
	}
}

// removedBecause says why policies do without a built-in function of OPA, and
// whether they do.
func removedBecause(name string) (string, bool) {
	for _, r := range removals() {
		if name == r.name || (strings.HasSuffix(r.name, ".") && strings.HasPrefix(name, r.name)) {
			return r.why, true
		}
	}
	if b, ok := ast.BuiltinMap[name]; ok && b.Nondeterministic {
		return "it answers differently each time, and a recorded turn must give its decision again", true
	}

	return "", false
}

// capabilities is what OPA offers without what was removed.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		_, removed := removedBecause(b.Name)
		return removed
	})
	c.AllowNet = []string{}

	return c
}
