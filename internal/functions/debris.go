package functions

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// leftovers are names of files that a tool or a person left behind.
var leftovers = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`(?i)\.(backup|bak|old|orig|save|rej)([._-]|$)`), "a backup"},
	{regexp.MustCompile(`(?i)[ ._-](backup|bak|copy|old|orig)( ?\(?\d+\)?)?\.[cm]?[jt]sx?$`), "a backup"},
	{regexp.MustCompile(`(?i)^copy of |\(\d+\)\.[cm]?[jt]sx?$`), "a copy"},
	{regexp.MustCompile(`~$|^\.?#|^#.*#$|\.sw[a-p]$|\.tmp$|^\.DS_Store$|^4913$`), "what an editor or a system left behind"},
}

// tests are names of what tests or describes a function.
var tests = regexp.MustCompile(`(?i)\.(test|spec|stories)\.[cm]?[jt]sx?$`)

// debris tells of what lies in the functions directory and most likely should
// not, or should be a function and is none.
func (s *search) debris(entry os.DirEntry, found []candidate) {
	file := entry.Name()
	say := func(severity, message string) {
		s.problem(Problem{File: path.Join(s.site.Dir, file), Kind: KindDebris, Severity: severity, Message: message})
	}
	for _, leftover := range leftovers {
		if !leftover.pattern.MatchString(file) {
			continue
		}
		if len(found) == 0 {
			say(Info, "looks like "+leftover.what+"; it is no function, and can go")
		} else {
			say(Warning, fmt.Sprintf("looks like %s, and yet Netlify makes the function %q of it; move it out of the functions directory", leftover.what, found[0].name))
		}
		return
	}
	switch {
	case len(found) > 0 && tests.MatchString(file):
		say(Warning, fmt.Sprintf("looks like a test, and yet Netlify makes the function %q of it; move it out of the functions directory", found[0].name))
	case len(found) > 0 && strings.HasPrefix(file, "."):
		say(Warning, fmt.Sprintf("is hidden, and yet Netlify makes the function %q of it", found[0].name))
	case len(found) > 0 && strings.HasPrefix(file, "_"):
		say(Info, fmt.Sprintf("looks like a helper, and yet Netlify makes the function %q of it", found[0].name))
	case len(found) == 0 && entry.IsDir() && file != "node_modules":
		s.emptyFolder(file)
	case len(found) == 0 && entry.Type()&os.ModeSymlink != 0:
		if info, err := os.Stat(s.abs(path.Join(s.site.Dir, file))); err == nil && info.IsDir() {
			say(Warning, "is a link to a folder, which Netlify does not follow, so it makes no function")
		}
	}
}

// emptyFolder tells of a folder with sources that is no function.
func (s *search) emptyFolder(file string) {
	entries, err := os.ReadDir(s.abs(path.Join(s.site.Dir, file)))
	if err != nil {
		s.problem(Problem{File: path.Join(s.site.Dir, file), Kind: KindRead, Severity: Warning, Message: "cannot be read: " + why(err)})
		return
	}
	for _, entry := range entries {
		if entry.Name() == "Cargo.toml" {
			s.problem(Problem{File: path.Join(s.site.Dir, file), Kind: KindDebris, Severity: Info,
				Message: "holds Rust, which Netlify builds only where NETLIFY_EXPERIMENTAL_BUILD_RUST_SOURCE is set; rr does not count it"})
			return
		}
	}
	if !strings.HasPrefix(file, "_") && !strings.HasPrefix(file, ".") && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return slices.Contains(mainExtensions, extension(e.Name()))
	}) {
		s.problem(Problem{File: path.Join(s.site.Dir, file), Kind: KindDebris, Severity: Info,
			Message: fmt.Sprintf("is no function: Netlify looks for %s/%[1]s.js or %[1]s/index.js in it (or .ts, .mjs, …) and not deeper", file)})
	}
}
