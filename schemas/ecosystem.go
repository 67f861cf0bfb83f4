package schemas

// What an ecosystem file may be in.
const (
	EcosystemOK          = "ok"
	EcosystemMissing     = "missing"     // named in the configuration, and not there
	EcosystemInvalid     = "invalid"     // it cannot be read as one
	EcosystemMisnamed    = "misnamed"    // PM2 would run it as a script, because of its name
	EcosystemUnsupported = "unsupported" // an ES module, which PM2 cannot start
	EcosystemUnknown     = "unknown"     // it is JavaScript, and there is no daemon whose node could read it
)

// Ecosystem is what is known of an ecosystem file that the configuration names.
type Ecosystem struct {
	Path      string   `json:"path"`
	State     string   `json:"state"`
	Note      string   `json:"note,omitempty"`      // what is wrong with it and what to do
	Apps      int      `json:"apps"`                // that it names
	Unstarted []string `json:"unstarted,omitempty"` // names that the daemon does not know
}
