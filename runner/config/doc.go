// Package config reads redundancy.cue: where it is (Discover), what it says
// (Load, Parse) and when it has changed (Watch). The CUE definitions of package
// schemas are the only description of a configuration; this package is the only
// one that speaks CUE.
//
// It reads files and nothing else: no environment beyond what Discover is
// given, no network, no default that depends on the machine. The home of a PM2
// that names none is found by whoever opens it.
//
// A text passes load.go (the file), parse.go (the order of all), nesting.go
// (what CUE could not bear), secrets.go, fields.go and names.go (names that are
// not), teller.go (CUE's errors in an operator's words) and check.go (what
// fields must be to one another); places.go and error.go say where. A change
// passes watch.go (when to look) and view.go (what is seen). jsonschema.go makes
// the JSON Schemas that policies are checked against; gen writes them.
package config

//go:generate go run ./gen
