package workflowfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rhysd/actionlint"
)

// maxProblems is how many warnings of one file are told.
const maxProblems = 100

// maxMessage bounds a message, which may quote the file, in bytes.
const maxMessage = 600

// Check reads one workflow file. It keeps nothing between calls: files may be
// checked at the same time. The path is carried through and not opened.
func Check(path string, src []byte) File {
	return check(path, src, lint)
}

// linter is what judges a file that is known to be text, YAML and no bomb.
type linter func(src []byte) (*actionlint.Workflow, []Problem)

func check(path string, src []byte, lint linter) File {
	f := newFile(path)
	f.Problems = textProblems(src)
	if fatal(f.Problems) {
		return f.judged()
	}
	f.readMark(src)
	doc, problem := parseDocument(src)
	if problem != nil && problem.Kind != kindSyntax {
		f.Problems = append(f.Problems, *problem)
		return f.judged()
	}
	workflow, problems := lint(src)
	f.Problems = append(f.Problems, problems...)
	if workflow == nil {
		f.Problems = positioned(f.Problems, problem)
		return f.judged()
	}
	f.readWorkflow(workflow)
	f.readDocument(doc)
	f.requireOn(doc, len(workflow.On) > 0)
	f.requireJobs()
	f.Problems = append(f.Problems, doc.behind...)

	return f.judged()
}

func newFile(path string) File {
	return File{
		Path: path, Problems: []Problem{}, Triggers: []string{}, Schedules: []Schedule{}, Inputs: []string{}, Required: []string{},
		Jobs: []Job{}, Uses: []Use{}, Secrets: []string{}, Permissions: "default",
	}
}

func fatal(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Fatal })
}

// positioned gives a YAML error without a line the one that another parser
// found.
func positioned(problems []Problem, other *Problem) []Problem {
	for i := range problems {
		if problems[i].Fatal && problems[i].Line == 0 && other != nil {
			problems[i].Line, problems[i].Column = other.Line, other.Column
		}
	}

	return problems
}

// requireOn makes a file without triggers fatal, and tells of the key that
// programs for YAML 1.1 make of on. Triggers that the library does not take are
// no reason: GitHub may know more of them.
func (f *File) requireOn(doc document, understood bool) {
	if understood || doc.filled("on") {
		return
	}
	f.mark(`"on" section`, Problem{Kind: kindSyntax, Message: `"on" section names no event: nothing starts this workflow`, Fatal: true})
	if key := doc.trueKey(); key != nil {
		f.mark(`unexpected key "`+key.Value+`"`, Problem{Kind: kindSyntax, Message: `"true:" stands where "on:" must`, Fatal: true})
		for i := range f.Problems {
			if strings.HasPrefix(f.Problems[i].Message, `unexpected key "`+key.Value+`"`) && f.Problems[i].Line == key.Line {
				f.Problems[i].Message += `; a program for YAML 1.1 wrote "on" as "true": write "on:" again`
			}
		}
	}
}

// requireJobs makes a file without jobs fatal.
func (f *File) requireJobs() {
	if len(f.Jobs) == 0 {
		f.mark(`"jobs" section`, Problem{Kind: kindSyntax, Message: `"jobs" section holds no job: there is nothing to run`, Fatal: true})
	}
}

// mark makes those problems fatal whose message begins so, and adds one where
// there is none.
func (f *File) mark(prefix string, otherwise Problem) {
	found := false
	for i := range f.Problems {
		if strings.HasPrefix(f.Problems[i].Message, prefix) {
			f.Problems[i].Fatal, found = true, true
		}
	}
	if !found {
		f.Problems = append(f.Problems, otherwise)
	}
}

// judged is the file with its problems in order, bounded, and its verdict.
func (f File) judged() File {
	f.Valid = !fatal(f.Problems)
	for i := range f.Problems {
		f.Problems[i].Message = shorten(f.Problems[i].Message)
	}
	slices.SortStableFunc(f.Problems, byPosition)
	if more := len(f.Problems) - maxProblems; more > 0 {
		first := slices.Clone(f.Problems[:maxProblems])
		for _, p := range f.Problems[maxProblems:] {
			if p.Fatal && more > 0 {
				first, more = append(first, p), more-1
			}
		}
		f.Problems = append(first, Problem{Kind: KindLimit, Message: fmt.Sprintf("%d more problems are not told", more)})
	}

	return f
}

func byPosition(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

func shorten(message string) string {
	message = strings.ToValidUTF8(message, "?")
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage
	for !utf8.RuneStart(message[end]) {
		end--
	}

	return message[:end] + "…"
}
