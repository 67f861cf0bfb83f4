package pm2

import (
	"slices"

	"rr/internal/pm2"
)

// maxNames bounds a list of names in one fact.
const maxNames = 50

// namesOf are the names that PM2 knows, watched or not.
func namesOf(apps []pm2.App) map[string]bool {
	names := make(map[string]bool, len(apps))
	for _, app := range apps {
		names[app.Name] = true
	}

	return names
}

// few sorts names and leaves out what is more than a fact may hold.
func few(names []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)

	return names[:min(len(names), maxNames)]
}
