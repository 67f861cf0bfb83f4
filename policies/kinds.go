package policies

import (
	"slices"
	"strings"

	"rr/schemas"
)

// kind is a kind of thing that policies are about. Its policies are the
// packages one level below its own, and one module of that package carries the
// schemas for all of them.
type kind struct {
	name    string   // pm2/process
	subject string   // field of the input that holds the facts: process
	schema  string   // of the input, below schemas/json
	config  string   // of data.config, below schemas/json
	answers []string // public rules that its policies may have
	beside  []beside // what else the input holds
}

// beside is a field of the input that is not about the subject alone. It is the
// same for all subjects of a scope.
type beside struct {
	field string
	of    func(s schemas.Snapshot, scope string) (any, bool)
}

// kinds lists every kind, the whole last.
func kinds() []kind {
	perSubject := []string{"findings", "actions", "alerts"}

	of := func(system, name string, more ...beside) kind {
		return kind{name: system + "/" + name, subject: name, schema: system + "/" + name, config: "config/" + system, answers: perSubject, beside: more}
	}

	return []kind{
		of("pm2", "daemon"),
		of("pm2", "process", daemonOf(), processPeers()),
		of("pm2", "ecosystem", daemonOf()),
		of("github", "workflow"),
		of("github", "runs", repoOf(), runsPeers()),
		of("github", "repo"),
		of("netlify", "function", manifestOf(), siteOf()),
		of("netlify", "manifest"),
		of("netlify", "site"),
		of("netlify", "endpoint"),
		of("backup", "set"),
		{name: overall, schema: "overall", config: "config/overall", answers: []string{"components", "health", "mode", "alerts"}},
	}
}

// overall is the kind of the whole.
const overall = "overall"

// pkg is the package of the kind itself: policies.pm2.process.
func (k kind) pkg() string { return kindPackage(k.name) }

func kindPackage(name string) string { return "policies." + strings.ReplaceAll(name, "/", ".") }

// kindOf returns the kind of a package one level below its own.
func kindOf(pkg string) (kind, bool) {
	parent := pkg
	if i := strings.LastIndexByte(pkg, '.'); i >= 0 {
		parent = pkg[:i]
	}
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.pkg() == parent })
	if i < 0 {
		return kind{}, false
	}

	return kinds()[i], true
}

// kindNames lists the packages of all kinds.
func kindNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.pkg())
	}

	return names
}
