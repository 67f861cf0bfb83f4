package workflowfile

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// MaxSize is the most bytes that a workflow file may have to be read. GitHub's
// own limit is lower; the largest seen in use has some hundred kilobytes.
const MaxSize = 1 << 20

const byteOrderMark = "\uFEFF"

// textProblems are those that need no YAML: whether this is text at all.
func textProblems(src []byte) []Problem {
	at := func(offset int, fatal bool, format string, args ...any) []Problem {
		line, column := position(src, offset)
		return []Problem{{Line: line, Column: column, Kind: KindText, Fatal: fatal, Message: fmt.Sprintf(format, args...)}}
	}
	if len(src) > MaxSize {
		return []Problem{{Kind: KindText, Fatal: true, Message: fmt.Sprintf("more than %d bytes: no workflow; it is not read", MaxSize)}}
	}
	if bytes.HasPrefix(src, []byte{0xFF, 0xFE}) || bytes.HasPrefix(src, []byte{0xFE, 0xFF}) {
		return at(0, true, "UTF-16; save it as UTF-8")
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return at(i, true, "not text: a zero byte; restore the file")
	}
	if i := invalidUTF8(src); i >= 0 {
		return at(i, true, "not UTF-8: byte 0x%02x; save it as UTF-8 or restore it", src[i])
	}
	if bytes.HasPrefix(src, []byte(byteOrderMark)) {
		return at(0, false, "begins with a byte order mark; save it without")
	}
	if i := bytes.Index(src, []byte("\r\r\n")); i >= 0 {
		return at(i, false, "a line that ends twice (CR CR LF), as a copy between systems leaves it")
	}

	return []Problem{}
}

func invalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}

	return -1
}

// position tells where a byte stands, line and column from 1.
func position(src []byte, offset int) (line, column int) {
	before := src[:offset]
	begin := bytes.LastIndexByte(before, '\n') + 1

	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[begin:]) + 1
}
