package runner

import (
	"fmt"
	"maps"
	"slices"

	"rr/schemas"
)

// lacking finds, for each subject that is unhealthy and needs something else
// that is known to be, the first of it in order. What is unhealthy itself and
// lacks nothing is at the root. Subjects that need each other lack nothing of
// each other: one of them has to be healed first.
func lacking(d schemas.Decision, c schemas.Config) map[schemas.ID]schemas.ID {
	if len(c.Needs) == 0 {
		return nil
	}
	var unhealthy []schemas.ID
	for _, id := range slices.Sorted(maps.Keys(d.Health.Subjects)) {
		if score := d.Health.Subjects[id].Score; score != nil && *score < c.Health.Healthy {
			unhealthy = append(unhealthy, id)
		}
	}
	needs := map[schemas.ID][]schemas.ID{}
	for _, id := range unhealthy {
		for _, other := range unhealthy {
			if id != other && declared(id, other, c) {
				needs[id] = append(needs[id], other)
			}
		}
	}
	found := map[schemas.ID]schemas.ID{}
	for id, others := range needs {
		for _, other := range others {
			if !reaches(other, id, needs, map[schemas.ID]bool{}) {
				found[id] = other
				break
			}
		}
	}

	return found
}

// declared tells whether the configuration says that id needs other.
func declared(id, other schemas.ID, c schemas.Config) bool {
	for pattern, list := range c.Needs {
		if !schemas.Match(pattern, string(id)) {
			continue
		}
		if slices.ContainsFunc(list, func(need string) bool { return schemas.Match(need, string(other)) }) {
			return true
		}
	}

	return false
}

// reaches tells whether needs lead from one subject to another.
func reaches(from, to schemas.ID, needs map[schemas.ID][]schemas.ID, seen map[schemas.ID]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true

	return slices.ContainsFunc(needs[from], func(next schemas.ID) bool { return reaches(next, to, needs, seen) })
}

// root follows what is lacking to its end.
func root(id schemas.ID, lacking map[schemas.ID]schemas.ID) schemas.ID {
	for next, found := lacking[id]; found; next, found = lacking[id] {
		id = next
	}

	return id
}

// needs refuses to heal a subject for itself while something that it needs is
// unhealthy.
func (g guarded) needs(a schemas.Action) *schemas.Withheld {
	if _, lacks := g.lacking[a.Subject]; !lacks {
		return nil
	}

	return &schemas.Withheld{
		Guard: schemas.GuardNeeds, Note: fmt.Sprintf("it needs %s, which is unhealthy and is healed first", root(a.Subject, g.lacking)),
	}
}

// attach puts an incident down to that of what its subject needs, as long as
// that is unhealthy, and takes it back to itself afterwards: then it is told of
// as any other.
func attach(i schemas.Incident, lacking map[schemas.ID]schemas.ID, open map[schemas.ID]schemas.Incident) schemas.Incident {
	if _, lacks := lacking[i.Subject]; lacks {
		i.Needs = root(i.Subject, lacking)
		i.Of = open[i.Needs].ID
		return i
	}
	if i.Needs != "" {
		i.Needs, i.Of, i.Alerts = "", 0, nil
	}

	return i
}
