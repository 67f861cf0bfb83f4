package names

import "testing"

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"api", "api", true},
		{"api", "api-2", false},
		{"*", "", true},
		{"web-*", "web-1", true},
		{"web-*", "web", false},
		{"*-web", "a-web", true},
		{"*-web", "a-web-1", false},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "abc", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"a**", "a", true},
		{"a*bb*b", "abb", false},
		{"[ab]?.", "a", false},
		{"[ab]?.", "[ab]?.", true},
	} {
		if got := Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}
