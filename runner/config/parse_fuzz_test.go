package config

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParse holds Parse to its promise that no text, however broken, makes it
// panic, and that what is refused is refused with mistakes that have a line.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"pm2: local: {}",
		"pm2: local: {expect: [\"api\"], ladder: restart: {attempts: 3, cooldown: \"30s\"}}",
		"interval: \"5s\"\ninterval: 3\nsettel: [1, {a: b}]",
		"import \"strings\"\npm2: local: expect: strings.Split(\"a,b\", \",\")",
		"#a: {b?: #a}\n_c: \"\\(_d)\"\nlet x = [for y in [1] if y > 0 {y}]\npm2: [string]: #a",
		"pm2: \"\xff\": {",
		"a: b: c: *1 | _|_ & error(\"x\")",
		"\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "list.") || strings.Contains(text, "*") {
			return // may multiply without end, which is no panic
		}
		_, err := Parse("redundancy.cue", []byte(text))
		var told Errors
		if err != nil && (!errors.As(err, &told) || len(told) == 0) {
			t.Errorf("Parse(%q) = %v, want Errors", text, err)
		}
		for _, one := range told {
			if one.Message == "" || strings.Contains(one.Message, "\n") || strings.HasPrefix(one.Message, "CUE cannot read this") {
				t.Errorf("Parse(%q) = %q, want one line", text, one)
			}
		}
	})
}
