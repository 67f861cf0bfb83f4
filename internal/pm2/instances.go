package pm2

import (
	"cmp"
	"slices"
)

// Instances numbers the apps of a list, by their id: 0, 1, … among those of one
// name. It is PM2's own instance number where that is known and no other app of
// the name has it, else the lowest free one in the order of ids. Name and
// instance together are how rr knows an app again, in a later list and under
// another daemon.
func Instances(apps []App) map[int]int {
	sorted := slices.SortedFunc(slices.Values(apps), func(a, b App) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	type place struct {
		name     string
		instance int
	}
	taken := map[place]bool{}
	numbers := make(map[int]int, len(apps))
	var rest []App
	for _, app := range sorted {
		own := place{app.Name, int(app.Instance.N)}
		if !app.Instance.Known || app.Instance.N < 0 || taken[own] {
			rest = append(rest, app)
			continue
		}
		taken[own] = true
		numbers[app.ID] = own.instance
	}
	for _, app := range rest {
		free := place{name: app.Name}
		for taken[free] {
			free.instance++
		}
		taken[free] = true
		numbers[app.ID] = free.instance
	}

	return numbers
}
