package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
)

// A record differs from its base mostly in numbers, each turn in others. So
// what is compressed is not its JSON but its shape, JSON with a mark for every
// whole number, which the base's shape mostly is already; and how much each
// number differs from the base's.

// numberMark stands for a number in a shape. JSON holds no such byte.
const numberMark = 0x01

// maxDigits is how long a number may be to fit an int64 for certain.
const maxDigits = 18

var errDelta = errors.New("not a delta of its base")

// split takes the whole numbers out of JSON.
func split(text []byte) (shape []byte, numbers []int64) {
	shape = make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		end := tokenEnd(text, i)
		token := text[i:end]
		i = end
		if n, ok := wholeNumber(token); ok {
			shape = append(shape, numberMark)
			numbers = append(numbers, n)
			continue
		}
		shape = append(shape, token...)
	}

	return shape, numbers
}

// join puts the numbers back into a shape.
func join(shape []byte, numbers []int64) ([]byte, error) {
	text := make([]byte, 0, len(shape)+4*len(numbers))
	for _, c := range shape {
		if c != numberMark {
			text = append(text, c)
			continue
		}
		if len(numbers) == 0 {
			return nil, errDelta
		}
		text = strconv.AppendInt(text, numbers[0], 10)
		numbers = numbers[1:]
	}
	if len(numbers) > 0 {
		return nil, errDelta
	}

	return text, nil
}

// tokenEnd returns where the string, the number or the single other byte that
// begins at i ends.
func tokenEnd(text []byte, i int) int {
	switch {
	case text[i] == '"':
		for i++; i < len(text); i++ {
			if text[i] == '\\' {
				i++
			} else if text[i] == '"' {
				return i + 1
			}
		}
		return len(text)
	case isNumeric(text[i]):
		for i < len(text) && isNumeric(text[i]) {
			i++
		}
		return i
	}

	return i + 1
}

func isNumeric(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// wholeNumber reads a number that is written as strconv would write it.
func wholeNumber(token []byte) (int64, bool) {
	digits := token
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > maxDigits || (digits[0] == '0' && len(token) > 1) {
		return 0, false
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(token) {
		n = -n
	}

	return n, true
}

// appendDelta writes text as it differs from a base's numbers: its checksum, how
// many numbers it has, their differences, its shape.
func appendDelta(to []byte, text []byte, numbers []int64) []byte {
	shape, own := split(text)
	to = binary.LittleEndian.AppendUint32(to, checksum(text))
	to = binary.AppendUvarint(to, uint64(len(own)))
	for i, n := range own {
		if i < len(numbers) {
			n -= numbers[i]
		}
		to = binary.AppendVarint(to, n)
	}

	return append(to, shape...)
}

// applyDelta undoes appendDelta.
func applyDelta(delta []byte, numbers []int64) ([]byte, error) {
	if len(delta) < 4 {
		return nil, errDelta
	}
	want := binary.LittleEndian.Uint32(delta)
	delta = delta[4:]
	count, n := binary.Uvarint(delta)
	if n <= 0 || count > uint64(len(delta)) {
		return nil, errDelta
	}
	delta = delta[n:]
	own := make([]int64, count)
	for i := range own {
		difference, n := binary.Varint(delta)
		if n <= 0 {
			return nil, errDelta
		}
		delta = delta[n:]
		own[i] = difference
		if i < len(numbers) {
			own[i] += numbers[i]
		}
	}
	text, err := join(delta, own)
	if err != nil {
		return nil, err
	}
	if checksum(text) != want {
		return nil, errors.New("its checksum is wrong")
	}

	return text, nil
}

func checksum(text []byte) uint32 {
	return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))
}
