// The tests of the documentation execute every example of every page. A page is
// one story: its blocks are taken in their order, in one folder of its own, with
// a real PM2 in a home of its own. What a block is for is told by the words
// after its three backquotes:
//
//	cue                 loads; with file=… it is also written to the folder
//	cue mistake         is refused, with what the text block after it says
//	rego file=…         is written; at the end of the page all loads and passes its tests
//	rego mistake        is refused, with what the text block after it says
//	js file=…           is written
//	yaml file=…         is written
//	toml file=…         is written
//	text                is what the mistake before it is told
//	console             each $ line is run and what it prints is compared
//	json COMMAND        COMMAND is run and what it prints has this shape
//	sql                 answers, on the journal of the page
//	yaml                parses, and runs nothing that no console block runs
//	sh                  make targets, which exist
//	ini, bash           is not executed here: see notExecuted
//
// A line … of the expected output stands for any lines, within a line for
// anything. A comment <!-- until: COMMAND --> before a console block waits
// until COMMAND succeeds. Read docs_test.go (pages and blocks), story_test.go
// (how they are run), shape_test.go (JSON) and names_test.go (what must be
// named where).
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notExecuted are the blocks that no test can run, by the first word of their
// info string, and why.
var notExecuted = map[string]string{
	"bash": "e2e/backup_test.go and e2e/pm2_restore_test.go run these lines, and hold that they stand in the page",
	"ini":  "a systemd unit needs a machine with systemd, and root to install it",
}

// fromOthers are pages that are written with their measurements and may be
// linked to before they are there.
var fromOthers = []string{"performance.md", "reliability.md"}

// block is one fenced block of a page.
type block struct {
	info  []string // words after the backquotes
	text  string
	line  int
	until string // command to wait for
}

// file is where the block is to be written, empty for nowhere.
func (b block) file() string {
	for _, word := range b.info {
		if name, ok := strings.CutPrefix(word, "file="); ok {
			return name
		}
	}

	return ""
}

func (b block) kind() string {
	if len(b.info) == 0 {
		return ""
	}

	return b.info[0]
}

func (b block) mistake() bool { return slices.Contains(b.info, "mistake") }

// pages are all Markdown files of the documentation, by path from the root.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	paths := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	for _, name := range found {
		if !slices.Contains(fromOthers, name) {
			paths = append(paths, "docs/"+name)
		}
	}

	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

var until = regexp.MustCompile(`^<!-- until: (.*) -->$`)

// blocks are the fenced blocks of a page, in their order.
func blocks(text string) []block {
	var all []block
	var open *block
	waitFor := ""
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			open = &block{info: strings.Fields(strings.TrimLeft(line, "`")), line: i + 1, until: waitFor}
			waitFor = ""
		case open != nil && strings.HasPrefix(line, "```"):
			all, open = append(all, *open), nil
		case open != nil:
			open.text += line + "\n"
		default:
			if found := until.FindStringSubmatch(line); found != nil {
				waitFor = found[1]
			}
		}
	}

	return all
}

func TestEveryExampleHolds(t *testing.T) {
	for _, page := range pages(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			all := blocks(read(t, page))
			s := newStory(t, all)
			for i, b := range all {
				var next block
				if i+1 < len(all) {
					next = all[i+1]
				}
				if problem := s.tell(b, next); problem != nil {
					t.Fatalf("%s:%d: %v", page, b.line, problem)
				}
			}
			s.end()
		})
	}
}

func TestTellRefusesABlockThatItCannotExecute(t *testing.T) {
	for _, info := range []string{"", "python", "js", "rego", "text"} {
		if err := (&story{t: t}).tell(block{info: strings.Fields(info)}, block{}); err == nil {
			t.Errorf("tell(%q) = nil, want an error", info)
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)|src(?:set)?="([^"]+)"`)
	for _, page := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, page), -1) {
			target := found[1] + found[3]
			if strings.Contains(target, "://") || slices.Contains(fromOthers, filepath.Base(target)) {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(page), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
			}
		}
	}
}

// cells are the cells of each row of all tables of a page.
func cells(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, strings.Split(strings.Trim(line, "|"), "|"))
		}
	}

	return rows
}

// firstCode are the words in code that begin the rows of the tables below a
// heading.
func firstCode(t *testing.T, page, heading string) []string {
	t.Helper()
	var words []string
	for _, row := range cells(section(t, page, heading)) {
		if found := regexp.MustCompile("^ `([^`]+)`").FindStringSubmatch(row[0]); found != nil {
			words = append(words, found[1])
		}
	}

	return words
}

// section is what stands below a heading, up to the next of the same depth.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, page), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", page, heading)
	}
	depth, _, _ := strings.Cut(heading, " ")
	before, _, _ := strings.Cut(rest, "\n"+depth+" ")

	return before
}

// compare tells what is documented and is not there, and what is there and is
// not documented.
func compare(t *testing.T, what string, documented, real []string) {
	t.Helper()
	if len(real) == 0 {
		t.Fatalf("found no %s in the program", what)
	}
	for _, name := range real {
		if !slices.Contains(documented, name) {
			t.Errorf("%s %s is not documented", what, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(real, name) {
			t.Errorf("%s %s is documented and does not exist", what, name)
		}
	}
}
