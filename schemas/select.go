package schemas

import "strings"

// Picks tells whether a selector picks an action.
func (s Selector) Picks(a Action) bool {
	return (s.Verb == "" || Match(s.Verb, a.Verb)) && (s.Policy == "" || Match(s.Policy, a.Policy)) &&
		(a.Target.In(s.On) || a.Subject.In(s.On))
}

// In tells whether an id is on, or in, what a person names: a system as in pm2,
// a scope as in pm2/local, a kind as in pm2/local/process, or a subject with
// all its instances, as in pm2/local/process/api. Everything is in "".
func (id ID) In(on string) bool {
	rest, within := strings.CutPrefix(string(id), on)

	return within && (on == "" || rest == "" || rest[0] == '/' || rest[0] == '#')
}

// Match tells whether text is what a pattern says, in which * stands for any
// text, also for none.
func Match(pattern, text string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, before)
	if !ok {
		return false
	}
	for i := 0; i <= len(rest); i++ {
		if Match(after, rest[i:]) {
			return true
		}
	}

	return false
}
