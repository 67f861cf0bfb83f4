package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// unknown says that there is no such field, which one may have been meant and
// which there are.
func (t teller) unknown(path []string) string {
	parent, name := path[:len(path)-1], unquoted(path[len(path)-1])
	here := t.tree.at(parent)
	if secretName(name) {
		return dotted(path) + ": field not allowed; " + secretAdvice(name)
	}
	if here == nil {
		return dotted(path) + ": field not allowed"
	}
	if here.Properties[name] != nil {
		return dotted(path) + ": field not allowed by a definition of this file, which is closed; begin the definition's name with _ instead of #"
	}
	if here.entry() != nil {
		return fmt.Sprintf("%s: field not allowed; a name in %s is made of a-z, 0-9, _ and -, as in %s: local", dotted(path), dotted(parent), dotted(parent))
	}

	names := slices.Sorted(maps.Keys(here.Properties))
	said := dotted(path) + ": field not allowed; "
	if meant := cmp.Or(nearest(name, names), here.find(name)); meant != "" {
		said += fmt.Sprintf("did you mean %s? ", meant)
	} else if above := nearest(name, slices.Sorted(maps.Keys(t.tree.Properties))); above != "" {
		said += fmt.Sprintf("did you mean %s, outside of %s? ", above, path[0])
	}

	return said + "there are " + strings.Join(names, ", ")
}

// wanted says what a field must be, for values that the schema has no words
// for: structs and lists.
func (t teller) wanted(path []string) string {
	s := t.tree.at(path)
	if s == nil {
		return ""
	}
	switch where := cmp.Or(dotted(path), "the configuration"); {
	case s.Type == "object" && s.entry() != nil:
		return fmt.Sprintf("%s must hold entries, each under a name of your choice, as in %s: local: {}", where, where)
	case s.Type == "object":
		names := strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", ")
		return fmt.Sprintf("%s must be a struct { … } of %s%s", where, names, t.missingName(path))
	case s.Type == "array":
		return fmt.Sprintf("%s must be a list as in [\"api\", \"worker\"]", where)
	}

	return ""
}

// missingName notices pm2: expect: […], where the name of the entry was left
// out.
func (t teller) missingName(path []string) string {
	if len(path) == 0 {
		return ""
	}
	parent, name := path[:len(path)-1], path[len(path)-1]
	above := t.tree.at(parent)
	if above == nil || above.entry() == nil || above.entry().Properties[name] == nil {
		return ""
	}

	return fmt.Sprintf("; did you mean %s: local: %s?", dotted(parent), name)
}

// entry is the schema of a map's entries, nil where s is none.
func (s *jsonSchema) entry() *jsonSchema {
	entry, _ := s.Additional.(*jsonSchema)
	return entry
}

// at returns the schema of the value at a path.
func (s *jsonSchema) at(path []string) *jsonSchema {
	for _, name := range path {
		if s == nil {
			return nil
		}
		switch property := s.Properties[unquoted(name)]; {
		case property != nil:
			s = property
		case s.Items != nil:
			s = s.Items
		default:
			s = s.entry()
		}
	}

	return s
}

// find returns the dotted path of the field of that name somewhere below s, if
// there is exactly one.
func (s *jsonSchema) find(name string) string {
	var found []string
	for key, property := range s.Properties {
		if property.Properties[name] != nil {
			found = append(found, key+"."+name)
		} else if deeper := property.find(name); deeper != "" {
			found = append(found, key+"."+deeper)
		}
	}
	if len(found) != 1 {
		return ""
	}

	return found[0]
}

func unquoted(name string) string {
	if plain, err := strconv.Unquote(name); err == nil {
		return plain
	}

	return name
}

// nearest returns the name that differs least from what was written, if it
// differs little enough to be what was meant.
func nearest(written string, names []string) string {
	best, least := "", 2+len(written)/6
	if len(written) < 4 {
		least = 1
	}
	for _, name := range names {
		if len(written) > len(name)+least+strings.Count(written, "_")+strings.Count(written, "-") {
			continue
		}
		if d := distance(fold(written), fold(name)); d <= least && (best == "" || d < distance(fold(written), fold(best))) {
			best = name
		}
	}

	return best
}

// fold makes minInterval, min-interval and min_interval the same.
func fold(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// distance is the number of letters to insert, delete or replace, or of
// neighbours to swap, that make a of b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			differ := 1
			if a[i-1] == b[j-1] {
				differ = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+differ)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}

	return rows[len(a)][len(b)]
}
