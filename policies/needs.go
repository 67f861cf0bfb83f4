package policies

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// unseen is the state of what a subject needs where nothing is known of it.
const unseen = "unknown"

// mostNeeds is how many a subject is told of, those in trouble before the
// others: where all need all, the inputs would grow with the square of them.
const mostNeeds = 100

// needed finds what subjects need. Each pattern of the configuration is looked
// for once a snapshot, not once a subject.
type needed struct {
	snapshot schemas.Snapshot
	looking  sync.Mutex          // subjects are judged at once
	patterns map[string][]string // ids by id, as configured
	matches  map[string][]schemas.Need
	none     *ast.Term
}

func newNeeded(s schemas.Snapshot, patterns map[string][]string) *needed {
	return &needed{snapshot: s, patterns: patterns, matches: map[string][]schemas.Need{}, none: ast.ArrayTerm()}
}

// of is what one subject needs, in order of id, without itself.
func (n *needed) of(id schemas.ID) (*ast.Term, error) {
	if len(n.patterns) == 0 {
		return n.none, nil
	}
	n.looking.Lock()
	defer n.looking.Unlock()
	var all []schemas.Need
	for _, pattern := range sortedKeys(n.patterns) {
		if !schemas.Match(pattern, string(id)) {
			continue
		}
		for _, need := range n.patterns[pattern] {
			found, err := n.matching(need)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	all = slices.DeleteFunc(all, func(need schemas.Need) bool { return need.ID == id })
	slices.SortFunc(all, byID)
	all = slices.CompactFunc(all, func(a, b schemas.Need) bool { return a.ID == b.ID })
	if len(all) > mostNeeds {
		slices.SortStableFunc(all, func(a, b schemas.Need) int { return cmp.Compare(min(b.UnhealthyS, 1), min(a.UnhealthyS, 1)) })
		all = all[:mostNeeds]
		slices.SortFunc(all, byID)
	}
	if len(all) == 0 {
		return n.none, nil
	}

	return term(all)
}

func byID(a, b schemas.Need) int { return cmp.Compare(a.ID, b.ID) }

// matching is every subject of a pattern. One that is named and was not seen is
// among them, as unknown: what is not seen is not well.
func (n *needed) matching(pattern string) ([]schemas.Need, error) {
	if known, ok := n.matches[pattern]; ok {
		return known, nil
	}
	found := []schemas.Need{}
	for _, id := range n.snapshot.Subjects() {
		if !schemas.Match(pattern, string(id)) {
			continue
		}
		state, err := n.state(id)
		if err != nil {
			return nil, err
		}
		found = append(found, schemas.Need{ID: id, State: state, UnhealthyS: unhealthyS(n.snapshot, id)})
	}
	if len(found) == 0 && !strings.Contains(pattern, "*") {
		found = append(found, schemas.Need{ID: schemas.ID(pattern), State: unseen})
	}
	n.matches[pattern] = found

	return found, nil
}

// state is what the facts of a subject, of whatever kind, say that it is in.
func (n *needed) state(id schemas.ID) (string, error) {
	if n.snapshot.Sources[id.Source()].State != schemas.SourceOK {
		return unseen, nil
	}
	facts, _ := n.snapshot.Facts(id)
	t, err := term(facts)
	if err != nil {
		return "", err
	}
	if state := t.Get(ast.StringTerm("state")); state != nil {
		if word, ok := state.Value.(ast.String); ok {
			return string(word), nil
		}
	}

	return unseen, nil
}

// unhealthyS is how long the incident of a subject has been open, in seconds.
func unhealthyS(s schemas.Snapshot, id schemas.ID) int64 {
	incident, open := s.Incidents[id]
	if !open {
		return 0
	}

	return max(0, s.Moment.ClockMS-incident.OpenedMS) / 1000
}
