package workflowfile

import (
	"regexp"
	"slices"
	"strings"
)

var (
	usesLine = regexp.MustCompile(`^( *(?:- +)?)uses:[ \t]+\S`)
	withLine = regexp.MustCompile(`^( *)(- +)?with:[ \t]*(?:#.*)?\r?\n?$`)
	keyLine  = regexp.MustCompile(`^ *([A-Za-z_][\w.-]*):(?:\s|$)`)
)

// mendWith moves a with that is not indented as the uses before it, and what
// stands below a with and is not indented more than it.
func mendWith(src []byte) [][]byte {
	lines := splitLines(src)
	blocks := textBlocks(lines, 1)
	column := -1 // of the uses of the step that is read
	changed := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if blocks[i] >= 0 || blank(line) {
			continue
		}
		if found := usesLine.FindStringSubmatch(line); found != nil {
			column = len(found[1])
			continue
		}
		with := withLine.FindStringSubmatch(line)
		indent, _ := indentation(line, 1)
		if column >= 0 && with != nil {
			changed = moveWith(lines, i, column, with) || changed
			column = -1
			continue
		}
		if indent < column {
			column = -1 // another step
		}
	}
	if !changed {
		return nil
	}

	return [][]byte{joinLines(lines)}
}

// moveWith puts a with, which stands in line i, below its uses.
func moveWith(lines []string, i, column int, with []string) bool {
	indent, ownItem := len(with[1]), with[2] != ""
	end := i + 1
	for end < len(lines) && (blank(lines[end]) || deeper(lines[end], indent) && !nextStep(lines[end], column)) {
		end++
	}
	switch {
	case ownItem:
		if indent+len(with[2]) != column {
			return false
		}
		lines[i] = with[1] + strings.Repeat(" ", len(with[2])) + lines[i][indent+len(with[2]):]
		return true
	case indent != column:
		shift(lines[i:end], column-indent)
		return true
	case end > i+1 && slices.ContainsFunc(lines[i+1:end], func(line string) bool { return !blank(line) }):
		return false // as it should be
	}

	return indentInputs(lines, i+1, column)
}

func deeper(line string, than int) bool {
	indent, empty := indentation(line, 1)

	return empty || indent > than
}

// nextStep says whether a line begins another step, which a with that stands
// too far to the left does not hold.
func nextStep(line string, column int) bool {
	indent, _ := indentation(line, 1)

	return indent < column && strings.HasPrefix(line[indent:], "- ")
}

// indentInputs indents the rest of a step when nothing in it is a key of steps:
// a name there may be the step's or an input.
func indentInputs(lines []string, begin, column int) bool {
	end, inputs := begin, 0
	for ; end < len(lines); end++ {
		indent, empty := indentation(lines[end], 1)
		if empty || blank(lines[end]) && indent >= column {
			continue
		}
		if indent < column {
			break
		}
		if indent > column {
			continue
		}
		found := keyLine.FindStringSubmatch(lines[end])
		if found == nil || slices.Contains(stepKeys(), found[1]) {
			return false
		}
		inputs++
	}
	if inputs == 0 {
		return false
	}
	for end > begin && blank(lines[end-1]) {
		end--
	}
	shift(lines[begin:end], 2)

	return true
}

func stepKeys() []string {
	return []string{"id", "if", "name", "uses", "run", "with", "env", "shell", "working-directory", "continue-on-error", "timeout-minutes"}
}

// shift moves lines to the right, or to the left as far as they are indented.
func shift(lines []string, by int) {
	for i, line := range lines {
		indent, empty := indentation(line, 1)
		switch {
		case empty:
		case by >= 0:
			lines[i] = strings.Repeat(" ", by) + line
		default:
			lines[i] = line[min(indent, -by):]
		}
	}
}
