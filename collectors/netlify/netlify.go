// Package netlify looks at one Netlify site from three sides that are never
// mixed: its source, for which no network and no token is needed; what Netlify's
// API tells of its deploys; and what configured requests to its functions are
// answered. It reads files and sends GET (or HEAD) requests; it writes nothing,
// runs no function, and asks none that is a background function, since asking
// would run it.
//
// Source is the first side: source.go (one look), tree.go (whether anything
// changed), function.go and manifest.go (what was found → facts), past.go (what
// git knows of it). Site is the second: site.go (one look), ask.go (the
// requests, each as rarely as it may be), deploys.go (what they tell) and
// compare.go (what is deployed against the source). Endpoints is the third:
// endpoints.go (which are due) and probe.go (one request). board.go is what the
// second and the third tell each other.
package netlify

import "rr/internal/functions"

// yesNo is an answer in words.
func yesNo(yes bool) string {
	if yes {
		return "yes"
	}

	return "no"
}

// list is never null: count of null is undefined in Rego.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}

	return names
}

// firstOf is the first problem of one of these severities, as one line, and how
// many there are.
func firstOf(problems []functions.Problem, severity string) (first functions.Problem, n int) {
	for _, p := range problems {
		if p.Severity != severity {
			continue
		}
		if n == 0 {
			first = p
		}
		n++
	}

	return first, n
}
