package docs_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// public is an output without what is of this machine.
func (s *story) public(text string) string {
	return strings.NewReplacer(s.dir, "/srv/web", s.home, "/home/me/.pm2").Replace(text)
}

// What differs from run to run.
var changing = []struct {
	is   *regexp.Regexp
	sign string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`\bpid \d+`), "pid N"},
	{regexp.MustCompile(`\b\d+ ms\b`), "N ms"},
	{regexp.MustCompile(`\b(\d+m)?\d+s\b`), "Ns"},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(` ?\n`), "\n"},
}

func steady(text string) string {
	text += "\n"
	for _, c := range changing {
		text = c.is.ReplaceAllString(text, c.sign)
	}

	return strings.TrimSpace(text)
}

// same compares what a page says with what is printed.
func same(expected, got string) error {
	var pattern strings.Builder
	for line := range strings.SplitSeq(steady(expected), "\n") {
		if line == "..." {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), regexp.QuoteMeta("..."), ".*") + `\n`)
	}
	printed := steady(got) + "\n"
	if steady(got) == "" && steady(expected) == "" {
		return nil
	}
	if !regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(printed) {
		return fmt.Errorf("prints\n%s\nwant\n%s", printed, expected)
	}

	return nil
}

// output gathers what a program prints while it is looked at.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()

	return o.text.String()
}
