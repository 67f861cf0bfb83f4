package workflowfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mark is the first line of a generated backup workflow.
var mark = regexp.MustCompile(`^# rr backup of (\S(?:.*\S)?) sha256:([0-9a-f]{64})\r?\n`)

func (f *File) readMark(src []byte) {
	if found := mark.FindSubmatch(src); found != nil {
		f.Generated, f.BackupOf, f.BackupHash = true, string(found[1]), string(found[2])
	}
}

// Hash is the SHA-256 of a file in hex, as a backup workflow names it.
func Hash(src []byte) string {
	sum := sha256.Sum256(src)

	return hex.EncodeToString(sum[:])
}

// Backup writes a workflow that stands in for another when that does not run:
// with the same jobs byte for byte, started only by a dispatch, with the same
// inputs, in a concurrency group of its own and under another name, so that it
// does not start what waits for the original. The same file always gives the
// same backup. The path, slash separated and relative to the repository, goes
// into its first line; name is that of the new file, to stand beside the other.
//
// A condition in a job that asks for the event it was started by sees
// workflow_dispatch. A file is refused that is not valid, that is itself
// generated, that only others can call, or whose jobs need what only its own
// triggers bring.
func Backup(filePath string, src []byte) (name string, generated []byte, err error) {
	name = "rr-backup-" + path.Base(filePath)
	f := Check(filePath, src)
	if err := f.refuseBackup(); err != nil {
		return "", nil, fmt.Errorf("back up %s: %w", filePath, err)
	}
	generated, err = f.backup(name, Hash(src), []byte(strings.TrimPrefix(string(src), byteOrderMark)))
	if err != nil {
		return "", nil, fmt.Errorf("back up %s: %w", filePath, err)
	}
	after := Check(name, generated)
	if !after.Valid || len(after.Problems) > len(f.Problems) {
		return "", nil, fmt.Errorf("back up %s: a workflow that is only dispatched could not run its jobs: %s", filePath, after.worst())
	}

	return name, generated, nil
}

func (f File) refuseBackup() error {
	switch fatal := f.Fatal(); {
	case fatal != nil:
		return fmt.Errorf("%d:%d: it is not valid: %s", fatal.Line, fatal.Column, fatal.Message)
	case f.Generated:
		return fmt.Errorf("it is itself a backup, of %s", f.BackupOf)
	case f.Callable && len(f.Triggers) == 1:
		return errors.New("only other workflows call it; back up those")
	case strings.ContainsFunc(f.Path, func(r rune) bool { return r < ' ' }):
		return errors.New("its path has control characters")
	}

	return nil
}

// worst is a problem to tell of, the fatal one first.
func (f File) worst() string {
	p := f.Fatal()
	if p == nil && len(f.Problems) > 0 {
		p = &f.Problems[len(f.Problems)-1]
	}
	if p == nil {
		return ""
	}

	return p.Message
}

// backup replaces the sections of the file that say when it runs. The hash is
// that of the file as it lies there, with its byte order mark.
func (f File) backup(name, hash string, src []byte) ([]byte, error) {
	doc, problem := parseDocument(src)
	if problem != nil {
		return nil, errors.New(problem.Message)
	}
	parts, err := sections(doc, splitLines(src))
	if err != nil {
		return nil, err
	}
	dispatch, err := f.dispatch(doc, parts)
	if err != nil {
		return nil, err
	}
	title := f.Name
	if title == "" {
		title = path.Base(f.Path)
	}
	end := lineEnd(src)
	heads := map[string]string{
		"name":        "name: " + quote("rr backup of "+title) + end,
		"concurrency": "concurrency:" + end + "  group: " + quote(name) + end + "  cancel-in-progress: false" + end,
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# rr backup of %s sha256:%s%s", f.Path, hash, end)
	fmt.Fprintf(&b, "# Generated: change the file above and let rr write this one anew. Only a dispatch starts it.%s", end)
	for _, p := range parts {
		switch p.key {
		case "name", "concurrency":
			b.WriteString(heads[p.key])
		case "on":
			b.WriteString("on:" + end + dispatch)
		default:
			b.WriteString(strings.Join(p.lines, ""))
		}
		b.WriteString(strings.Join(p.after, ""))
		for _, key := range []string{"name", "concurrency"} {
			if p.key == "" && !slices.ContainsFunc(parts, func(p section) bool { return p.key == key }) {
				b.WriteString(heads[key])
			}
		}
	}

	return []byte(b.String()), nil
}

// dispatch is the section below on:, with the inputs as they were written.
func (f File) dispatch(doc document, parts []section) (string, error) {
	on := parts[slices.IndexFunc(parts, func(p section) bool { return p.key == "on" })]
	end := lineEnd([]byte(strings.Join(on.lines, "")))
	if len(f.Inputs) == 0 {
		return "  workflow_dispatch:" + end, nil
	}
	_, events := key(doc.root, "on")
	if events == nil || events.Kind != yaml.MappingNode || events.Style&yaml.FlowStyle != 0 {
		return "", errors.New(`"on" has inputs and is written in one line; write it in lines of its own`)
	}
	first, last := 0, on.first+len(on.lines)
	for i := 0; i < len(events.Content); i += 2 {
		switch {
		case first > 0:
			last = min(last, events.Content[i].Line)
		case events.Content[i].Value == "workflow_dispatch":
			first = events.Content[i].Line
		}
	}
	lines := on.lines[first-on.first : last-on.first]
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}

	return strings.TrimRight(strings.Join(lines, ""), "\r\n") + end, nil
}

// section is one key of the file with all its lines. The first has no key: it
// is what stands before all keys.
type section struct {
	key   string
	first int      // line of the key, from 1
	lines []string // from the key to the end of its value
	after []string // comments and empty lines before the next key
}

// sections cuts a file at its keys.
func sections(doc document, lines []string) ([]section, error) {
	root := doc.root
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("it is written in braces; write its keys in lines of their own")
	}
	if i := slices.IndexFunc(lines, oddlyBroken); i >= 0 {
		return nil, fmt.Errorf("line %d has a line break in it that is none to most programs; end all lines alike", i+1)
	}
	first := root.Content[0].Line
	parts := []section{{first: 1, lines: lines[:first-1]}}
	for i := 0; i < len(root.Content); i += 2 {
		k, last := root.Content[i], len(lines)
		if i+2 < len(root.Content) {
			last = root.Content[i+2].Line - 1
		}
		if k.Column != 1 || last < k.Line {
			return nil, fmt.Errorf("%d:%d: its keys do not begin their lines", k.Line, k.Column)
		}
		body := lines[k.Line-1 : last]
		end := len(body)
		for end > 1 && blank(body[end-1]) {
			end--
		}
		parts = append(parts, section{key: k.Value, first: k.Line, lines: body[:end], after: body[end:]})
	}

	return parts, nil
}

// oddlyBroken tells whether YAML sees several lines in one: it counts another
// way then, and what it says of places is not where the text is to be cut.
func oddlyBroken(line string) bool {
	return strings.ContainsAny(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), "\r\u0085\u2028\u2029")
}

// quote writes a text for YAML, of which JSON's strings are a part.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always marshals
	}

	return string(b)
}
