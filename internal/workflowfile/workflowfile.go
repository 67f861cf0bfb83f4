// Package workflowfile knows of a GitHub Actions workflow file what its bytes
// tell: whether GitHub can run it, what starts it, what it asks for, what is
// wrong with it and where. It executes nothing, asks no network and reads no
// disk: whoever calls it brings the bytes.
//
// Read workflowfile.go (the nouns), check.go (the order in which a file is
// judged), text.go and document.go (what is refused before the library sees
// it), lint.go (the library, behind a barrier), facts.go, hollow.go and
// schedule.go (what the file says). missing.go compares it with a checkout,
// fix.go and the files mend*.go repair known corruptions, backup.go writes a
// backup workflow, and the files write*.go print problems.
//
// The judgement is actionlint's. It is advice, but for a few problems after
// which GitHub has nothing to run: only those are fatal. An unknown key never
// is, because GitHub learns keys before the library does.
package workflowfile

import "slices"

// File is one workflow file as its bytes tell it.
type File struct {
	Path string `json:"path"` // as given to Check
	// Valid is false only by fatal problems. Those found first hide what can
	// only be seen without them.
	Valid    bool      `json:"valid"`
	Problems []Problem `json:"problems"` // by position

	Name      string     `json:"name,omitempty"` // name: of the file, empty where it has none
	Triggers  []string   `json:"triggers"`       // push, schedule, …; sorted, each once
	Schedules []Schedule `json:"schedules"`      // in the order of the file

	Dispatchable bool     `json:"dispatchable"` // on: workflow_dispatch
	Inputs       []string `json:"inputs"`       // of workflow_dispatch, sorted
	// Required are those inputs without which a dispatch is refused: required
	// and without a default.
	Required []string `json:"required"`
	Callable bool     `json:"callable"` // on: workflow_call

	// Permissions are those of the whole file: "default" where it names none,
	// "read-all", "write-all", "none" ({}), or "custom". Jobs may name others.
	Permissions string `json:"permissions"`
	// Hollow is a file of which no step can fail: each only echoes or swallows
	// its failure, besides those that prepare for the others.
	Hollow  bool     `json:"hollow"`
	Jobs    []Job    `json:"jobs"`    // in the order of the file
	Uses    []Use    `json:"uses"`    // what it takes from its own repository, in the order of the file
	Secrets []string `json:"secrets"` // names, in capitals, sorted; without GITHUB_TOKEN, which is always there

	// Generated says that the file carries the mark of a backup that Backup
	// wrote, of the file BackupOf when its SHA-256 was BackupHash (hex).
	Generated  bool   `json:"generated"`
	BackupOf   string `json:"backup_of,omitempty"`
	BackupHash string `json:"backup_hash,omitempty"`
}

// Problem is one thing wrong with a file.
type Problem struct {
	Line    int    `json:"line"`   // from 1; 0 where not known
	Column  int    `json:"column"` // in characters, from 1; 0 where not known
	Kind    string `json:"kind"`   // a Kind… of this package, or the name of an actionlint rule
	Message string `json:"message"`
	Fatal   bool   `json:"fatal"` // GitHub has nothing to run
}

// Kinds of problems that are not rules of actionlint. A YAML error and what a
// workflow must have are actionlint's kind "syntax-check".
const (
	KindText     = "text"     // not text, not UTF-8, too large, debris of another system's line ends
	KindEmpty    = "empty"    // nothing in it, or only comments
	KindAliases  = "aliases"  // aliases that contain themselves or add up to too much
	KindLimit    = "limit"    // more than GitHub takes, or more problems than are told
	KindInternal = "internal" // actionlint failed on this file
	KindMissing  = "missing"  // what it uses is not in the repository

	kindSyntax = "syntax-check"
)

// Job is one job of a workflow.
type Job struct {
	ID          string   `json:"id"`             // as written; GitHub does not tell cases apart
	Name        string   `json:"name,omitempty"` // empty where it has none: GitHub shows the ID
	Line        int      `json:"line"`
	Needs       []string `json:"needs"`
	Steps       int      `json:"steps"`
	RunsOn      []string `json:"runs_on"`               // labels, or one expression
	Environment string   `json:"environment,omitempty"` // whose rules may ask for an approval
	Uses        string   `json:"uses,omitempty"`        // the reusable workflow that it calls
	Matrix      bool     `json:"matrix"`                // it runs several times, under other names
	// TimeoutMinutes is 0 where the file says none, or an expression.
	TimeoutMinutes  float64 `json:"timeout_minutes"`
	ContinueOnError bool    `json:"continue_on_error"`
}

// Use is an action or a reusable workflow of the same repository.
type Use struct {
	Path     string `json:"path"` // as written: ./…
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Workflow bool   `json:"workflow"` // a reusable workflow, else an action
}

// Fatal is the first fatal problem of a file, nil where it is valid.
func (f File) Fatal() *Problem {
	for i := range f.Problems {
		if f.Problems[i].Fatal {
			return &f.Problems[i]
		}
	}

	return nil
}

// With is the file with further problems, as those of Missing. One that has too
// many already gets no more.
func (f File) With(problems []Problem) File {
	if len(problems) == 0 || len(f.Problems) >= maxProblems {
		return f
	}
	f.Problems = slices.Concat(f.Problems, problems)

	return f.judged()
}
