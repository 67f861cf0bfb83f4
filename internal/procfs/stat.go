package procfs

import (
	"bytes"
	"errors"
	"os"
	"time"
)

// Process is one line of /proc/<pid>/stat. PID and Start together name a
// process for as long as the host is up: a pid is used again, the pair is not.
type Process struct {
	PID   int
	PPID  int
	Comm  string        // the kernel's short name, at most 15 bytes
	State byte          // R, S, D, Z, T, … as in proc(5)
	Start uint64        // clock ticks after boot
	RSS   int64         // resident bytes
	CPU   time.Duration // user and system time used so far, without children
}

// ticksPerSecond is USER_HZ, in which the kernel reports times to programs. It
// is 100 on every architecture that Go supports.
const ticksPerSecond = 100

// errStat is given without detail, since the line is not ours to repeat: a
// process chooses its own name.
var errStat = errors.New("malformed stat line")

// parseStat reads one line of /proc/<pid>/stat. The name stands in
// parentheses and may itself hold spaces, parentheses and line ends, so the
// fields are counted from the last closing one.
func parseStat(line []byte) (Process, error) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open || end+2 >= len(line) {
		return Process{}, errStat
	}
	pid, ok := parseUint(bytes.TrimSpace(line[:open]))
	if !ok || pid == 0 || pid > maxPID {
		return Process{}, errStat
	}
	p := Process{PID: int(pid), Comm: string(line[open+1 : end])}
	if err := p.parseFields(line[end+1:]); err != nil {
		return Process{}, err
	}
	return p, nil
}

// maxPID is far above the kernel's own limit (2^22) and fits an int anywhere.
const maxPID = 1<<31 - 1

// maxCount is more pages and clock ticks than any process has (1 PiB, 87
// years of processor time for each of the two counts) and small enough that
// bytes and nanoseconds do not overflow.
const maxCount = 1 << 38

// The fields of stat that are read, counted from the state, which is field 3
// of proc(5).
const (
	fieldState = 3
	fieldPPID  = 4
	fieldUtime = 14
	fieldStime = 15
	fieldStart = 22
	fieldRSS   = 24
)

func (p *Process) parseFields(rest []byte) error {
	var ticks uint64
	field := fieldState
	for ; field <= fieldRSS; field++ {
		var word []byte
		word, rest = nextWord(rest)
		if len(word) == 0 {
			return errStat
		}
		switch field {
		case fieldState:
			p.State = word[0]
			continue
		case fieldPPID, fieldUtime, fieldStime, fieldStart, fieldRSS:
		default:
			continue
		}
		n, ok := parseUint(word)
		if !ok {
			return errStat
		}
		switch field {
		case fieldPPID:
			if n > maxPID {
				return errStat
			}
			p.PPID = int(n)
		case fieldUtime, fieldStime:
			if n > maxCount {
				return errStat
			}
			ticks += n
		case fieldStart:
			p.Start = n
		case fieldRSS:
			if n > maxCount {
				return errStat
			}
			p.RSS = int64(n) * int64(os.Getpagesize())
		}
	}
	p.CPU = time.Duration(ticks) * (time.Second / ticksPerSecond)
	return nil
}

// nextWord gives the next run of bytes without spaces, and what follows it.
func nextWord(b []byte) (word, rest []byte) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n') {
		b = b[1:]
	}
	end := 0
	for end < len(b) && b[end] != ' ' && b[end] != '\n' {
		end++
	}
	return b[:end], b[end:]
}

// parseUint reads decimal digits, at most 18 of them so that nothing
// overflows.
func parseUint(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
