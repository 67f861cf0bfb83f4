package pm2

import (
	"slices"

	"rr/internal/names"
	"rr/schemas"
)

// watches tells whether include, exclude and namespaces select an app. An app
// whose namespace is not known, as one that is only named, is not told apart by
// it.
func watches(config schemas.PM2, name, namespace string) bool {
	if len(config.Namespaces) > 0 && namespace != "" && !slices.Contains(config.Namespaces, namespace) {
		return false
	}

	return names.Watched(config.Include, config.Exclude, name)
}
