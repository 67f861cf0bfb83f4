package schemas

// What a manifest of functions may be in.
const (
	ManifestOK      = "ok"
	ManifestMissing = "missing"
	ManifestInvalid = "invalid" // it cannot be read as one
	ManifestDrifted = "drifted" // it and the source disagree
)

// Manifest is what is known of the file that lists a site's functions, beside
// the site's source as a whole.
type Manifest struct {
	Path            string   `json:"path"`   // below the site's folder
	Wanted          bool     `json:"wanted"` // the configuration names it
	State           string   `json:"state"`
	Problem         string   `json:"problem,omitempty"`
	Shape           string   `json:"shape"`                  // version_1, names, mixed or unknown
	Listed          int      `json:"listed"`                 // functions that it lists
	Ghosts          []string `json:"ghosts"`                 // listed, and without source
	Orphans         []string `json:"orphans"`                // with source, and not listed
	Drift           []string `json:"drift"`                  // listed with another schedule or route
	Directory       string   `json:"directory"`              // of the functions, below the site's folder
	DirectoryFound  string   `json:"directory_found"`        // it is there: present or missing
	DirectoryFrom   string   `json:"directory_from"`         // what names it: toml_functions, toml_build or default
	TomlState       string   `json:"toml_state"`             // netlify.toml: ok, missing or invalid
	TomlProblem     string   `json:"toml_problem,omitempty"` // as file:line:column: text
	Functions       int      `json:"functions"`              // in the source
	Invalid         int      `json:"invalid"`                // of them
	HeadersMissing  []string `json:"headers_missing"`        // usual security headers that nothing sets
	BuildConfigured bool     `json:"build_configured"`       // build: command is configured, so that rr may build
}
