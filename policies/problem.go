package policies

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// problem is one thing that is wrong with a policy, told at its place.
type problem struct {
	file     string
	row, col int
	message  string
	warning  bool
}

func (p problem) String() string {
	if p.row == 0 {
		return fmt.Sprintf("%s: %s", p.file, p.message)
	}

	return fmt.Sprintf("%s:%d:%d: %s", p.file, p.row, p.col, p.message)
}

// problems gathers all that is wrong, so that an author sees it at once.
type problems struct{ list []problem }

// at adds what is wrong at a location.
func (ps *problems) at(loc *ast.Location, format string, args ...any) {
	p := problem{message: fmt.Sprintf(format, args...)}
	if loc != nil {
		p.file, p.row, p.col = loc.File, loc.Row, loc.Col
	}
	ps.add(p)
}

// warnAt adds what may be wrong at a location.
func (ps *problems) warnAt(loc *ast.Location, format string, args ...any) {
	ps.add(problem{file: loc.File, row: loc.Row, col: loc.Col, message: fmt.Sprintf(format, args...), warning: true})
}

// in adds what is wrong with a whole file.
func (ps *problems) in(file, format string, args ...any) {
	ps.add(problem{file: file, message: fmt.Sprintf(format, args...)})
}

func (ps *problems) add(p problem) {
	if !slices.Contains(ps.list, p) {
		ps.list = append(ps.list, p)
	}
}

// any says whether there is an error.
func (ps *problems) any() bool {
	return slices.ContainsFunc(ps.list, func(p problem) bool { return !p.warning })
}

// err joins the errors in the order of their places, nil with none.
func (ps *problems) err() error {
	var errs []error
	for _, p := range ps.sorted() {
		if !p.warning {
			errs = append(errs, errors.New(p.String()))
		}
	}

	return errors.Join(errs...)
}

func (ps *problems) warnings() []string {
	var list []string
	for _, p := range ps.sorted() {
		if p.warning {
			list = append(list, p.String())
		}
	}

	return list
}

func (ps *problems) sorted() []problem {
	return slices.SortedStableFunc(slices.Values(ps.list), func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
	})
}

// choices tells which names there are, and which was probably meant.
func choices(have string, names []string) string {
	if len(names) == 0 {
		return "there is none"
	}
	sorted := slices.Sorted(slices.Values(names))
	list := "there is: " + strings.Join(sorted, ", ")
	if near := nearest(have, sorted); near != "" {
		return fmt.Sprintf("did you mean %q? %s", near, list)
	}

	return list
}

// nearest returns the name that have was probably meant to be, empty where none
// is near.
func nearest(have string, names []string) string {
	best, least := "", max(2, len(have)/3)+1
	for _, name := range names {
		if d := distance(have, name); d < least {
			best, least = name, d
		}
	}

	return best
}

// distance is the number of characters to insert, delete or replace to make b
// of a.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j := range to {
			replace := diagonal
			if from[i] != to[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}

	return row[len(to)]
}
