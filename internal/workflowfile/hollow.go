package workflowfile

import (
	"regexp"
	"strings"

	"github.com/rhysd/actionlint"
)

var (
	swallowed  = regexp.MustCompile(`\|\|\s*(true|:|exit 0|echo\b[^;&|>]*)\s*(#.*)?$`)
	installing = regexp.MustCompile(`^(npm (ci|install|i)|yarn( install)?|pnpm (install|i)|pip3? install|bundle install|go mod download)(\s+-[^;&|]*)?$`)
)

// What a step is good for.
type worth int

const (
	works    worth = iota // it can fail
	prepares              // it fetches what others need
	idle                  // it does nothing, or whatever it does, it succeeds
)

// hollow says whether a workflow cannot fail by what it is for: no step works,
// and one at least is idle. In doubt a step works.
func hollow(w *actionlint.Workflow) bool {
	found := false
	for _, job := range w.Jobs {
		tolerant := job.ContinueOnError != nil && job.ContinueOnError.Value
		if job.WorkflowCall != nil || len(job.Steps) == 0 {
			return false
		}
		for _, step := range job.Steps {
			value := stepWorth(step)
			if tolerant && value == works {
				value = idle
			}
			if value == works {
				return false
			}
			found = found || value == idle
		}
	}

	return found
}

func stepWorth(step *actionlint.Step) worth {
	tolerant := step.ContinueOnError != nil && step.ContinueOnError.Value
	value := works
	switch exec := step.Exec.(type) {
	case *actionlint.ExecAction:
		if preparing(text(exec.Uses)) {
			return prepares
		}
	case *actionlint.ExecRun:
		value = scriptWorth(text(exec.Run))
	}
	if tolerant && value == works {
		return idle
	}

	return value
}

func preparing(action string) bool {
	name, _, _ := strings.Cut(action, "@")

	return name == "actions/checkout" || name == "actions/cache" || strings.HasPrefix(name, "actions/setup-")
}

// scriptWorth judges a script line by line. One that has anything but plain
// commands works.
func scriptWorth(script string) worth {
	script = strings.ReplaceAll(script, "\\\n", " ")
	value := idle
	for line := range strings.SplitSeq(script, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case swallows(line):
		case installs(line):
			value = prepares
		default:
			for _, command := range commands(line) {
				if !nothing(command) {
					return works
				}
			}
		}
	}

	return value
}

// swallows says whether a line succeeds whatever it runs.
func swallows(line string) bool {
	return swallowed.MatchString(line) && !strings.ContainsAny(line, ";`")
}

func installs(line string) bool {
	return installing.MatchString(line)
}

// commands splits a line at ; and && outside quotes.
func commands(line string) []string {
	var found []string
	var quote rune
	begin := 0
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == ';' || r == '&':
			found, begin = append(found, line[begin:i]), i+1
		}
	}

	return append(found, line[begin:])
}

// nothing says whether a command has no effect but its words: it writes into no
// file, feeds no other command and runs none.
func nothing(command string) bool {
	command = strings.TrimSpace(command)
	if command == "" || command == ":" || command == "true" || command == "exit 0" {
		return true
	}
	word, rest, _ := strings.Cut(command, " ")
	if strings.ContainsAny(rest, "|>`") || strings.Contains(rest, "$(") {
		return false
	}

	return word == "echo" || word == "printf" || word == "sleep" || word == "set"
}
