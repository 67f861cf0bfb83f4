package netlify

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// manifestVersion is the one version that there is.
const manifestVersion = 1

// manifest is what rr needs of manifest.json, which the official bundler writes
// beside the zips of functions.
type manifest struct {
	Version   int             `json:"version"`
	Functions []manifestEntry `json:"functions"`
}

type manifestEntry struct {
	Name           string          `json:"name"`
	Path           string          `json:"path"` // absolute, of the machine that made it
	Runtime        string          `json:"runtime"`
	RuntimeVersion string          `json:"runtimeVersion"`
	InvocationMode string          `json:"invocationMode"`
	Timeout        int             `json:"timeout"`
	Schedule       string          `json:"schedule"`
	DisplayName    string          `json:"displayName"`
	Generator      string          `json:"generator"`
	Routes         json.RawMessage `json:"routes"`
	ExcludedRoutes json.RawMessage `json:"excludedRoutes"`
	BuildData      json.RawMessage `json:"buildData"`
	Priority       int             `json:"priority"`
	TrafficRules   *manifestRules  `json:"trafficRules"`
	Region         string          `json:"region"`
	Memory         int             `json:"memory"`
	VCPU           float64         `json:"vcpu"`
}

// manifestRules are traffic rules as the manifest has them.
type manifestRules struct {
	Action struct {
		Type   string `json:"type"`
		Config struct {
			RateLimit *struct {
				Algorithm json.RawMessage `json:"algorithm,omitempty"`
				Size      json.RawMessage `json:"windowSize,omitempty"`
				Limit     json.RawMessage `json:"windowLimit,omitempty"`
			} `json:"rateLimitConfig"`
			Aggregate json.RawMessage `json:"aggregate"`
			To        json.RawMessage `json:"to"`
		} `json:"config"`
	} `json:"action"`
}

// trafficRules are traffic rules as the API takes them.
type trafficRules struct {
	Action trafficAction `json:"action"`
}

type trafficAction struct {
	Type   string        `json:"type,omitempty"`
	Config trafficConfig `json:"config"`
}

type trafficConfig struct {
	RateLimit *rateLimit      `json:"rate_limit_config,omitempty"`
	Aggregate json.RawMessage `json:"aggregate,omitempty"`
	To        json.RawMessage `json:"to,omitempty"`
}

type rateLimit struct {
	Algorithm json.RawMessage `json:"algorithm,omitempty"`
	Size      json.RawMessage `json:"window_size,omitempty"`
	Limit     json.RawMessage `json:"window_limit,omitempty"`
}

// parseManifest reads a manifest and refuses what could not be deployed.
func parseManifest(raw []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return manifest{}, err
	}
	if m.Version != manifestVersion {
		return manifest{}, fmt.Errorf("it is of version %d, want %d", m.Version, manifestVersion)
	}
	seen := map[string]bool{}
	for i, f := range m.Functions {
		var err error
		switch {
		case f.Name == "" || strings.ContainsAny(f.Name, "/#?\x00"):
			err = errors.New("its name is empty or holds one of / # ?")
		case seen[f.Name]:
			err = errors.New("its name is there twice")
		case f.Path == "":
			err = errors.New("it has no path")
		case f.Runtime == "":
			err = errors.New("it has no runtime")
		case f.Timeout < 0:
			err = errors.New("its timeout is negative")
		}
		if err != nil {
			return manifest{}, fmt.Errorf("function %d (%q): %w", i, f.Name, err)
		}
		seen[f.Name] = true
	}

	return m, nil
}

// config is what the API keeps of a function beside its code.
func (e manifestEntry) config() FunctionConfig {
	return FunctionConfig{
		DisplayName: e.DisplayName, Generator: e.Generator, Priority: e.Priority,
		Region: e.Region, Memory: e.Memory, VCPU: e.VCPU,
		Routes: filled(e.Routes), ExcludedRoutes: filled(e.ExcludedRoutes), BuildData: filled(e.BuildData),
		TrafficRules: e.TrafficRules.asked(),
	}
}

// asked renames traffic rules to what the API takes; nil for none.
func (r *manifestRules) asked() *trafficRules {
	if r == nil {
		return nil
	}
	from := r.Action.Config
	rules := &trafficRules{Action: trafficAction{Type: r.Action.Type, Config: trafficConfig{Aggregate: filled(from.Aggregate), To: filled(from.To)}}}
	if from.RateLimit != nil {
		rules.Action.Config.RateLimit = &rateLimit{Algorithm: filled(from.RateLimit.Algorithm), Size: filled(from.RateLimit.Size), Limit: filled(from.RateLimit.Limit)}
	}

	return rules
}

// filled leaves out what is null or empty, as the official client does.
func filled(raw json.RawMessage) json.RawMessage {
	switch strings.Join(strings.Fields(string(raw)), "") {
	case "", "null", "{}", "[]", `""`:
		return nil
	}

	return raw
}

// apiVersion is the runtime API that a function is written for; 0 when the
// bundler could not tell.
func (e manifestEntry) apiVersion() int {
	var data struct {
		Version int `json:"runtimeAPIVersion"`
	}
	if len(e.BuildData) == 0 || json.Unmarshal(e.BuildData, &data) != nil {
		return 0
	}

	return data.Version
}
