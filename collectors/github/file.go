package github

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"rr/internal/workflowfile"
	"rr/schemas"
)

// file is a workflow file as it was read.
type file struct {
	name    string
	size    int64
	changed time.Time // when it was last written, by the file system
	inode   time.Time // when anything of it was last changed: the time above can be set at will
	content []byte    // at most one byte more than is judged
	blob    string    // hash of the content, as git names it
	checked workflowfile.File
	fixable bool
}

// readFile reads a file, or returns what was read before where it has not
// changed since. It is nil for what is no plain file: GitHub does not follow
// links.
func readFile(at, name string, before *file) (*file, error) {
	info, err := os.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) { // gone since the folder was listed
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("workflow %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil
	}
	changed := inodeChanged(info)
	if before != nil && before.size == info.Size() && before.changed.Equal(info.ModTime()) && before.inode.Equal(changed) {
		return before, nil
	}
	content, err := readSome(at)
	if err != nil {
		return nil, fmt.Errorf("workflow %s: %w", name, err)
	}
	f := &file{name: name, size: info.Size(), changed: info.ModTime(), inode: changed, content: content, blob: blobName(content)}
	if before != nil && before.blob == f.blob {
		f.checked, f.fixable = before.checked, before.fixable
		return f, nil
	}
	f.checked = workflowfile.Check(path.Join(folder, name), content)
	if !f.checked.Valid {
		_, what, ok := workflowfile.Fix(content)
		f.fixable = ok && len(what) > 0
	}

	return f, nil
}

func inodeChanged(info fs.FileInfo) time.Time {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return time.Time{}
	}

	return time.Unix(int64(stat.Ctim.Sec), int64(stat.Ctim.Nsec))
}

// readSome reads as much as is judged, and one byte more.
func readSome(at string) ([]byte, error) {
	opened, err := os.Open(at)
	if err != nil {
		return nil, err
	}
	defer opened.Close()

	return io.ReadAll(io.LimitReader(opened, workflowfile.MaxSize+1))
}

// blobName is the hash by which git knows a content.
func blobName(content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)

	return hex.EncodeToString(h.Sum(nil))
}

// facts is what the file itself tells.
func (f *file) facts(now time.Time, exists func(string) bool) schemas.Workflow {
	c := f.checked
	age := max(0, int64(now.Sub(f.changed)/time.Second))
	w := schemas.Workflow{
		Path: c.Path, State: schemas.WorkflowValid, Name: c.Name, Triggers: emptyNotNil(c.Triggers), Crons: []string{},
		Dispatchable: c.Dispatchable, Permissions: strings.ReplaceAll(c.Permissions, "-", "_"), Hollow: c.Hollow, Unresolved: []string{},
		Generated: c.Generated, BackupOf: fileName(c.BackupOf), Fixable: yesNo(f.fixable), Restorable: "unknown", SizeBytes: f.size, ChangedAgeS: &age,
	}
	if !c.Valid {
		w.State = schemas.WorkflowInvalid
	}
	if w.Permissions == "" {
		w.Permissions = "default"
	}
	for _, s := range c.Schedules {
		w.Crons = append(w.Crons, strings.TrimSpace(s.Cron+" "+s.Timezone))
	}
	for _, problem := range workflowfile.Missing(c, exists) {
		w.Unresolved = append(w.Unresolved, place(problem))
	}
	for _, problem := range c.Problems {
		count(&w, problem)
	}

	return w
}

// count adds one problem to the facts.
func count(w *schemas.Workflow, p workflowfile.Problem) {
	if p.Fatal {
		w.Problems++
		if w.Problem == "" {
			w.Problem = place(p)
		}
		return
	}
	w.Warnings++
	if w.Warning == "" {
		w.Warning = place(p)
	}
	if strings.Contains(p.Message, "unexpected key") {
		w.UnknownKeys++
	}
}

// place is a problem in one line, with where it is as far as that is known.
func place(p workflowfile.Problem) string {
	message := string(bytes.TrimSpace([]byte(strings.Join(strings.Fields(p.Message), " "))))
	switch {
	case p.Line == 0:
		return message
	case p.Column == 0:
		return fmt.Sprintf("%d: %s", p.Line, message)
	}

	return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, message)
}

// missing is the facts of a file that is expected and not there.
func missing(name string) schemas.Workflow {
	return schemas.Workflow{
		Path: path.Join(folder, name), State: schemas.WorkflowMissing, Expected: true, Triggers: []string{}, Crons: []string{},
		Permissions: "default", Unresolved: []string{}, Fixable: "no",
	}
}

// fileName is the last part of a path, empty for none.
func fileName(at string) string {
	if at == "" {
		return ""
	}

	return path.Base(at)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}

	return "no"
}

func emptyNotNil(list []string) []string {
	if list == nil {
		return []string{}
	}

	return list
}
