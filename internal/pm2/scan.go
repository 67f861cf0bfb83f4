package pm2

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errMalformed says no more than that: the bytes hold environments.
var errMalformed = errors.New("malformed answer")

// maxText is how long a string of an answer may be; longer ones are cut.
const maxText = 4 << 10

// scanner reads JSON once from front to back and without copying: a value
// nobody asked for, such as an environment, is stepped over. It finds where
// values end and does not check what is in them, so it takes some things for
// JSON that are not; the daemon writes its answers with JSON.stringify.
type scanner struct {
	b   []byte
	i   int
	bad bool // the bytes ended early or make no sense
}

// space steps over white space and gives the next byte, 0 at the end.
func (s *scanner) space() byte {
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
		default:
			return s.b[s.i]
		}
	}
	return 0
}

// take steps over one byte that must come next.
func (s *scanner) take(c byte) bool {
	if s.space() != c {
		return false
	}
	s.i++
	return true
}

// value steps over the next value and gives its bytes.
func (s *scanner) value() []byte {
	c := s.space()
	start := s.i
	switch c {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		s.skipScalar()
	}
	if s.i == start {
		s.fail()
	}
	return s.b[start:s.i]
}

// fail ends the reading, so that every loop over the scanner ends too.
func (s *scanner) fail() {
	s.bad = true
	s.i = len(s.b)
}

// skipString steps over a string. A quote within it stands behind an odd
// number of backslashes.
func (s *scanner) skipString() {
	from := s.i + 1
	for at := from; ; {
		n := bytes.IndexByte(s.b[at:], '"')
		if n < 0 {
			s.fail()
			return
		}
		quote := at + n
		slash := quote
		for slash > from && s.b[slash-1] == '\\' {
			slash--
		}
		at = quote + 1
		if (quote-slash)%2 == 0 {
			s.i = at
			return
		}
	}
}

// skipNested steps over an object or an array with all that is in it. It counts
// instead of calling itself, so depth costs nothing.
func (s *scanner) skipNested() {
	depth := 0
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.i++
		if depth == 0 {
			return
		}
	}
	s.fail()
}

// skipScalar steps over a number, true, false or null.
func (s *scanner) skipScalar() {
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case ',', ']', '}', ':', '"', '{', '[', ' ', '\t', '\n', '\r':
			return
		}
	}
}

// object calls field for each key of the next value, with the scanner before
// the key's value, which field must step over. It is false, and steps over the
// value, when that is no object.
func (s *scanner) object(field func(key []byte)) bool {
	if s.space() != '{' {
		s.value()
		return false
	}
	s.i++
	for more := !s.take('}'); more && !s.bad; more = s.next('}') {
		key := s.key()
		if !s.take(':') {
			s.fail()
			return true
		}
		field(key)
	}
	return true
}

// array calls item for each item of the next value, as object does.
func (s *scanner) array(item func()) bool {
	if s.space() != '[' {
		s.value()
		return false
	}
	s.i++
	for more := !s.take(']'); more && !s.bad; more = s.next(']') {
		item()
	}
	return true
}

// next steps over the comma before another item, or over the end.
func (s *scanner) next(end byte) bool {
	if s.take(',') {
		return true
	}
	if !s.take(end) {
		s.fail()
	}
	return false
}

// key reads the key of an object.
func (s *scanner) key() []byte {
	if s.space() != '"' {
		s.fail()
		return nil
	}
	raw := s.value()
	if s.bad {
		return nil
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return []byte(stringValue(raw))
}

// stringValue reads a string of JSON, cut to maxText; anything else is empty.
func stringValue(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner[:clipAt(inner)])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.Clone(s[:clipAt([]byte(s))])
}

// clipAt is where to cut a text: at maxText bytes, but within no character.
func clipAt(b []byte) int {
	if len(b) <= maxText {
		return len(b)
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(b[end]) {
		end--
	}
	return end
}

// number tells numbers from everything else that a scalar may be, such as the
// NaN and Infinity that strconv would take.
func number(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

// intValue reads a number, and cuts off a fraction; anything else is unknown.
func intValue(raw []byte) Int {
	if !number(raw) {
		return Int{}
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return Int{N: n, Known: true}
	}
	f := floatValue(raw)
	if !f.Known || math.Abs(f.N) >= 1<<63 {
		return Int{}
	}
	return Int{N: int64(f.N), Known: true}
}

// floatValue reads a number; anything else is unknown.
func floatValue(raw []byte) Float {
	if !number(raw) {
		return Float{}
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return Float{}
	}
	return Float{N: f, Known: true}
}

// boolValue reads true or false; anything else is unknown.
func boolValue(raw []byte) Bool {
	switch string(raw) {
	case "true":
		return Bool{B: true, Known: true}
	case "false":
		return Bool{Known: true}
	}
	return Bool{}
}
