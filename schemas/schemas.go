// Package schemas holds the nouns of rr: what is seen, decided, done and
// remembered. Every noun is written twice, as a Go type and as a CUE
// definition of the same name in the file of the same name; a test holds the
// two together. The package knows nothing of where facts come from or what
// becomes of a decision, and imports only the standard library.
//
// Data moves one way: Facts, Snapshot, Decision, Outcome, Record. The only way
// back is the journal, which the next Snapshot reads as attempts and incidents.
package schemas

import "embed"

// Versions of what rr writes and of what a policy is written for. A reader
// refuses a newer one and migrates an older one.
const (
	SnapshotVersion = 1 // Snapshot, Decision and Record
	ContractVersion = 1 // the input that a policy is asked with and the answers it may give
)

// CUE holds the definitions of this package in CUE, one file a noun.
//
//go:embed *.cue
var CUE embed.FS

// JSON holds the JSON Schemas that OPA checks policies against, generated from
// CUE by runner/config: json/pm2/process.json is schema.pm2.process.
//
//go:embed json
var JSON embed.FS
