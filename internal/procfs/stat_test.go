package procfs

import (
	"os"
	"testing"
	"time"
)

// The 24 first fields of a stat line around a name.
func line(comm string) string {
	return "4242 (" + comm + ") S 17 4242 4242 0 -1 4194560 1 2 3 4 150 50 9 9 20 0 1 0 987654 1000 25 18446744073709551615 1\n"
}

func TestParseStatFindsTheFieldsBehindAnyName(t *testing.T) {
	for name, comm := range map[string]string{
		"a plain name":                 "node",
		"no name":                      "",
		"spaces":                       "PM2 v7.0.4: God",
		"parentheses":                  "a) S 1 (b",
		"a closing parenthesis at end": "x)",
		"a line end":                   "a\nb",
		"bytes that are not UTF-8":     "\xff\xfe",
	} {
		want := Process{PID: 4242, PPID: 17, Comm: comm, State: 'S', Start: 987654,
			RSS: 25 * int64(os.Getpagesize()), CPU: 2 * time.Second}
		got, err := parseStat([]byte(line(comm)))
		if err != nil || got != want {
			t.Errorf("with %s: parseStat = %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestParseStatRefusesWhatIsNoStatLine(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":             "",
		"no parentheses":      "1 node S 0",
		"too few fields":      "1 (node) S 0 1 1",
		"an ended line":       "1 (node)",
		"a pid of 0":          "0 (node) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
		"a word for a number": "1 (node) S one 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
	} {
		if p, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("with %s: parseStat = %+v, want an error", name, p)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(line("node")))
	f.Add([]byte(line("a) S 1 (b")))
	f.Add([]byte("1 ()"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parseStat(raw)
		if err != nil {
			return
		}
		if p.PID <= 0 || p.PPID < 0 || p.CPU < 0 || p.RSS < 0 {
			t.Errorf("parseStat(%q) = %+v", raw, p)
		}
	})
}
