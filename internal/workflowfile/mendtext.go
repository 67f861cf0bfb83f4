package workflowfile

import (
	"bytes"
	"regexp"
	"strings"
)

// mendByteOrderMark takes the mark from the front, or from the front of every
// line, where files were put together.
func mendByteOrderMark(src []byte) [][]byte {
	front := src
	for bytes.HasPrefix(front, []byte(byteOrderMark)) {
		front = front[len(byteOrderMark):]
	}

	return [][]byte{front, bytes.ReplaceAll(front, []byte("\n"+byteOrderMark), []byte("\n"))}
}

var manyReturns = regexp.MustCompile(`\r+\r\n`)

func mendLineEnds(src []byte) [][]byte {
	return [][]byte{manyReturns.ReplaceAll(src, []byte("\r\n"))}
}

// mendConflicts keeps one side of each conflict, where all have two sides that
// are the same.
func mendConflicts(src []byte) [][]byte {
	var kept []string
	var sides [3][]string // ours, base, theirs
	side := -1            // the one that is read; -1 outside
	found := false
	for _, line := range splitLines(src) {
		mark := strings.TrimRight(line, "\r\n")
		switch {
		case side == -1 && strings.HasPrefix(mark, "<<<<<<< "):
			side, sides, found = 0, [3][]string{}, true
		case side == 0 && strings.HasPrefix(mark, "||||||| "):
			side = 1
		case (side == 0 || side == 1) && mark == "=======":
			side = 2
		case side == 2 && strings.HasPrefix(mark, ">>>>>>> "):
			if strings.Join(sides[0], "") != strings.Join(sides[2], "") {
				return nil
			}
			kept, side = append(kept, sides[0]...), -1
		case side == -1:
			kept = append(kept, line)
		default:
			sides[side] = append(sides[side], line)
		}
	}
	if !found || side != -1 {
		return nil
	}

	return [][]byte{joinLines(kept)}
}

// mendTabs writes spaces for the tabs that indent. How many a tab stands for is
// not known: all widths that make a readable file must mean the same.
func mendTabs(src []byte) [][]byte {
	var first []byte
	var meaning document
	for _, width := range []int{2, 4, 8} {
		text := expandTabs(src, width)
		doc, problem := parseDocument(text)
		switch {
		case problem != nil:
		case first == nil:
			first, meaning = text, doc
		case !sameTree(meaning.root, doc.root):
			return nil
		}
	}
	if first == nil {
		return nil
	}

	return [][]byte{first}
}

// expandTabs writes spaces for the tabs before the first word of each line, and
// within a block of text only up to where its lines begin.
func expandTabs(src []byte, width int) []byte {
	lines := splitLines(src)
	blocks := textBlocks(lines, width)
	for i, line := range lines {
		lines[i] = expandIndent(line, width, blocks[i])
	}

	return joinLines(lines)
}

// expandIndent writes spaces for the tabs of an indentation, up to a column, or
// all where that is negative. A tab behind the dash of a list is one space.
func expandIndent(line string, width, column int) string {
	var indent strings.Builder
	for i, r := range line {
		switch {
		case column >= 0 && indent.Len() >= column:
			return indent.String() + line[i:]
		case r == ' ':
			indent.WriteByte(' ')
		case r == '\t' && strings.HasSuffix(indent.String(), "-"):
			indent.WriteByte(' ')
		case r == '\t':
			indent.WriteString(strings.Repeat(" ", width))
		case r == '-' && column < 0 && (strings.HasPrefix(line[i+1:], "\t") || strings.HasPrefix(line[i+1:], " ")):
			indent.WriteByte('-')
		default:
			return indent.String() + line[i:]
		}
	}

	return line
}

var blockStart = regexp.MustCompile(`(^|[:\-]|[:\-]\s.*?)[ \t]+(?:[&!]\S+[ \t]+)*[|>][-+0-9]*[ \t]*(?:[ \t]#.*)?\r?\n?$`)

// textBlocks tells for each line the column at which the lines of its block of
// text (after | or >) begin, -1 for lines of none.
func textBlocks(lines []string, width int) []int {
	found := make([]int, len(lines))
	parent, begin, inside := 0, 0, false
	for i, line := range lines {
		column, empty := indentation(line, width)
		switch {
		case inside && begin < 0 && !empty && column > parent:
			begin = column
		case inside && !empty && column <= parent:
			inside = false
		}
		found[i] = -1
		if inside {
			found[i] = max(begin, 0)
			continue
		}
		if !strings.HasPrefix(strings.TrimSpace(line), "#") && blockStart.MatchString(line) {
			inside, parent, begin = true, keyColumn(line, width), -1
		}
	}

	return found
}

// indentation is the width of the white space before the first word.
func indentation(line string, width int) (column int, empty bool) {
	for _, r := range line {
		switch r {
		case ' ':
			column++
		case '\t':
			column += width
		case '\r', '\n':
			return column, true
		default:
			return column, false
		}
	}

	return column, true
}

// keyColumn is where the key of a line begins, behind the dashes of lists. The
// text of a list's item is indented against the dash itself.
func keyColumn(line string, width int) int {
	column, _ := indentation(line, width)
	rest := strings.TrimLeft(line, " \t")
	for strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "-\t") {
		inner := strings.TrimLeft(rest[1:], " \t")
		if strings.HasPrefix(inner, "|") || strings.HasPrefix(inner, ">") {
			return column
		}
		column += len(rest) - len(inner)
		rest = inner
	}

	return column
}
