package schemas

// Netlify configures one site.
type Netlify struct {
	Site       string           `json:"site"`
	Dir        string           `json:"dir"`
	BaseURL    string           `json:"base_url,omitempty"`
	TokenEnv   string           `json:"token_env,omitempty"`
	TokenFile  string           `json:"token_file,omitempty"`
	Expect     []string         `json:"expect"`
	Include    []string         `json:"include"`
	Exclude    []string         `json:"exclude"`
	Interval   Duration         `json:"interval"`
	Timeout    Duration         `json:"timeout"`
	StaleAfter Duration         `json:"stale_after"`
	BrokenFor  Duration         `json:"broken_for"`
	Manifest   NetlifyManifest  `json:"manifest"`
	Build      NetlifyBuild     `json:"build"`
	Deploy     NetlifyDeploy    `json:"deploy"`
	HookEnv    string           `json:"hook_env,omitempty"`
	HookFile   string           `json:"hook_file,omitempty"`
	Probes     map[string]Probe `json:"probes"`
	Warn       NetlifyWarn      `json:"warn"`
	Ladder     NetlifyLadder    `json:"ladder"`
}

// Access tells whether rr has been given a way to ask the API.
func (n Netlify) Access() bool { return n.TokenEnv != "" || n.TokenFile != "" }

// NetlifyManifest configures the list of functions that rr writes.
type NetlifyManifest struct {
	Path  string `json:"path,omitempty"` // no manifest is wanted where it is absent
	Shape string `json:"shape"`
}

// NetlifyBuild configures how the site is built here.
type NetlifyBuild struct {
	Command []string `json:"command"` // program and its arguments; empty: rr does not build
	Timeout Duration `json:"timeout"`
	Env     []string `json:"env"` // names of variables that it may see
}

// NetlifyDeploy configures how the site is deployed from here.
type NetlifyDeploy struct {
	By        string   `json:"by"`
	Publish   string   `json:"publish,omitempty"`
	Functions string   `json:"functions,omitempty"`
	Command   string   `json:"command"`
	Timeout   Duration `json:"timeout"`
	Settle    Duration `json:"settle"`
	StuckFor  Duration `json:"stuck_for"`
}

// Probe is one request that tells whether a deployed function answers.
type Probe struct {
	URL      string   `json:"url"`
	Method   string   `json:"method"`
	Status   int      `json:"status"`
	Timeout  Duration `json:"timeout"`
	Interval Duration `json:"interval"`
}

// NetlifyWarn configures what a person is told before it breaks.
type NetlifyWarn struct {
	CertExpires Duration `json:"cert_expires"`
	SizePct     int      `json:"size_pct"`
}

// NetlifyLadder configures the rungs of functions, manifest and site.
type NetlifyLadder struct {
	Manifest      Rung `json:"manifest"`
	Build         Rung `json:"build"`
	RestoreDeploy Rung `json:"restore_deploy"`
	Deploy        Rung `json:"deploy"`
	TriggerBuild  Rung `json:"trigger_build"`
	RestoreSource Rung `json:"restore_source"`
	Unlock        Rung `json:"unlock"`
}

// Of returns the rung of a verb, and whether there is one.
func (l NetlifyLadder) Of(verb string) (Rung, bool) {
	rung, ok := map[string]Rung{
		"netlify.manifest": l.Manifest, "netlify.build": l.Build, "netlify.restore_deploy": l.RestoreDeploy, "netlify.deploy": l.Deploy,
		"netlify.trigger_build": l.TriggerBuild, "netlify.restore_source": l.RestoreSource, "netlify.unlock": l.Unlock,
	}[verb]

	return rung, ok
}

// Rungs lists all rungs.
func (l NetlifyLadder) Rungs() []Rung {
	return []Rung{l.Manifest, l.Build, l.RestoreDeploy, l.Deploy, l.TriggerBuild, l.RestoreSource, l.Unlock}
}

// NetlifyPolicyConfig is data.config for a policy of a Netlify subject: the
// entry of its scope, and what holds for all.
type NetlifyPolicyConfig struct {
	Netlify  Netlify      `json:"netlify"`
	Health   HealthConfig `json:"health"`
	Interval Duration     `json:"interval"`
	Settle   Duration     `json:"settle"`
}

// ForNetlify returns what a policy of a Netlify subject in scope reads as
// data.config.
func (c Config) ForNetlify(scope string) NetlifyPolicyConfig {
	entry := c.Netlify[scope]
	for _, list := range []*[]string{&entry.Expect, &entry.Include, &entry.Exclude, &entry.Build.Command, &entry.Build.Env} {
		if *list == nil { // null is no list: count of it is undefined
			*list = []string{}
		}
	}
	if entry.Probes == nil {
		entry.Probes = map[string]Probe{}
	}

	return NetlifyPolicyConfig{Netlify: entry, Health: c.Health, Interval: c.Interval, Settle: c.Settle}
}
