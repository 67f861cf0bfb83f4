package backup

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// What a restore does to a file.
const (
	Create  = "create"
	Replace = "replace"
	Same    = "same"
)

// maxDiff bounds what is shown as a diff, in bytes of each version.
const maxDiff = 64 << 10

// Change is what a restore does to one file.
type Change struct {
	Path   string `json:"path"`   // in the backup
	Target string `json:"target"` // where it belongs, absolute
	Kind   string `json:"kind"`   // Create, Replace or Same

	Size int64 `json:"size"` // bytes, of the backup
	Mode Mode  `json:"mode"`

	Was       string `json:"was,omitempty"` // sha256 of what is there now
	WasSize   int64  `json:"was_size,omitzero"`
	WasMode   Mode   `json:"was_mode,omitzero"`
	Refused   string `json:"refused,omitempty"` // why rr will not do it
	Diff      string `json:"diff,omitempty"`    // unified, of small texts without secrets
	NotShown  string `json:"not_shown,omitempty"`
	dir, name string // the root, and the path below it
}

// Plan is what a restore would do. It deletes nothing: a file that the backup
// does not have is left alone.
type Plan struct {
	Backup  Backup   `json:"backup"`
	Roots   Roots    `json:"roots"`
	Changes []Change `json:"changes"` // sorted by path

	filter func(string) bool
}

// Refused lists the changes that keep the plan from being done.
func (p Plan) Refused() []Change {
	return slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool { return c.Refused == "" })
}

// Plan verifies a backup in full and says what restoring it would do to the
// files that the filter wants; to all when it is nil. It writes nothing.
func (s *Store) Plan(ctx context.Context, id string, roots Roots, filter func(path string) bool) (Plan, error) {
	b, err := s.Get(ctx, id)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a restore of %w", err)
	}
	places := places{}
	defer places.close()
	plan := Plan{Backup: b, Roots: roots, filter: filter}
	_, err = s.read(ctx, b, func(e Entry, r io.Reader) error {
		if !plan.wants(e.Path) {
			return nil
		}
		change, err := s.change(places, plan, e, r)
		plan.Changes = append(plan.Changes, change)

		return err
	})
	if err != nil {
		return Plan{}, fmt.Errorf("plan a restore of %s: %w", id, err)
	}
	if len(plan.Changes) == 0 {
		return Plan{}, fmt.Errorf("plan a restore of %s: %w: it has no such file", id, ErrNone)
	}

	return plan, nil
}

func (p Plan) wants(path string) bool { return p.filter == nil || p.filter(path) }

// change compares one file of a backup with what is there.
func (s *Store) change(places places, plan Plan, e Entry, r io.Reader) (Change, error) {
	dir, name, err := plan.Roots.split(e.Path)
	if err != nil {
		return Change{}, err
	}
	at, err := places.open(dir, s.uid)
	if err != nil {
		return Change{}, err
	}
	here, err := at.look(name, s.options.MaxFile)
	if err != nil {
		return Change{}, err
	}
	c := Change{
		Path: e.Path, Target: filepath.Join(dir, filepath.FromSlash(name)), Kind: Create, Size: e.Size, Mode: e.Mode, dir: dir, name: name,
		Was: here.sha256, WasSize: int64(len(here.content)), WasMode: here.mode, Refused: here.refused,
	}
	switch {
	case here.exists && here.refused == "" && here.sha256 == e.SHA256 && here.mode == e.Mode:
		c.Kind = Same
	case here.exists:
		c.Kind = Replace
	}
	if e.Problem != "" && c.Kind != Same && c.Refused == "" {
		c.Refused = "it was not valid when it was backed up: " + e.problem(plan.Backup.Secret || s.options.Secret(plan.Backup.Set))
	}
	if c.Kind == Same || here.sha256 == e.SHA256 {
		return c, nil
	}

	return c, c.show(plan.Backup.Secret || s.options.Secret(plan.Backup.Set), here.content, r)
}

// show adds the diff, or why there is none.
func (c *Change) show(secret bool, now []byte, r io.Reader) error {
	switch {
	case secret:
		c.NotShown = "it holds secrets"
		return nil
	case c.Size > maxDiff || len(now) > maxDiff:
		c.NotShown = "it is large"
		return nil
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !isText(now) || !isText(content) {
		c.NotShown = "it is not text"
		return nil
	}
	c.Diff = string(diff.Diff(c.Target, now, c.Target, content))

	return nil
}

// isText says whether a terminal can be shown it.
func isText(content []byte) bool {
	return utf8.Valid(content) && !strings.ContainsFunc(string(content), func(r rune) bool {
		return !unicode.IsGraphic(r) && r != '\n' && r != '\t' && r != '\r' && r != '\ufeff'
	})
}
