package functions

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
)

// manifestVersion is that of the manifest that Netlify's tools write and read.
const manifestVersion = 1

// ManifestOptions is how a manifest is written.
type ManifestOptions struct {
	// Absolute writes absolute paths, as Netlify's own tools do; without it
	// they are relative to the site's root, and the same on every machine.
	Absolute bool

	// Archives is the folder of the archives, relative to the site's root;
	// .netlify/functions when empty.
	Archives string
}

// manifest is the official shape, version 1. Its fields stand in the order in
// which they are written.
type manifest struct {
	Functions []manifestFunction `json:"functions"`
	System    struct {
		Arch     string `json:"arch"`
		Platform string `json:"platform"`
	} `json:"system"`
	Timestamp int64 `json:"timestamp"`
	Version   int   `json:"version"`
}

type manifestFunction struct {
	Bundler            string          `json:"bundler,omitempty"`
	DisplayName        string          `json:"displayName,omitempty"`
	Generator          string          `json:"generator,omitempty"`
	Timeout            float64         `json:"timeout,omitempty"`
	InvocationMode     string          `json:"invocationMode,omitempty"`
	BuildData          buildData       `json:"buildData"`
	MainFile           string          `json:"mainFile"`
	Memory             float64         `json:"memory,omitempty"`
	Name               string          `json:"name"`
	Priority           int             `json:"priority,omitempty"`
	Region             string          `json:"region,omitempty"`
	TrafficRules       *trafficRules   `json:"trafficRules,omitempty"`
	Path               string          `json:"path"`
	Runtime            string          `json:"runtime"`
	Schedule           string          `json:"schedule,omitempty"`
	VCPU               float64         `json:"vcpu,omitempty"`
	EventSubscriptions []string        `json:"eventSubscriptions,omitempty"`
	Routes             []manifestRoute `json:"routes,omitempty"`
	ExcludedRoutes     []manifestRoute `json:"excludedRoutes,omitempty"`
}

type buildData struct {
	RuntimeAPIVersion int `json:"runtimeAPIVersion,omitempty"`
}

type manifestRoute struct {
	Pattern      string    `json:"pattern"`
	Literal      string    `json:"literal,omitempty"`
	Expression   string    `json:"expression,omitempty"`
	Methods      *[]string `json:"methods,omitempty"` // there, if empty, on routes; not on excluded ones
	PreferStatic bool      `json:"prefer_static,omitempty"`
}

type trafficRules struct {
	Action struct {
		Type   string `json:"type"`
		Config struct {
			To              string `json:"to,omitempty"`
			RateLimitConfig struct {
				Algorithm   string  `json:"algorithm"`
				WindowLimit float64 `json:"windowLimit"`
				WindowSize  float64 `json:"windowSize"`
			} `json:"rateLimitConfig"`
			Aggregate struct {
				Keys []aggregateKey `json:"keys"`
			} `json:"aggregate"`
		} `json:"config"`
	} `json:"action"`
}

type aggregateKey struct {
	Type string `json:"type"`
}

// Manifest writes the manifest of a site in the official shape, version 1. The
// same source gives the same bytes.
//
// Its timestamp is always 0. Netlify's CLI takes the archives that a manifest
// lists as current when the manifest is younger than two minutes, and bundles
// again otherwise; a manifest made of source alone has no archives, so it must
// never look young. For the same reason what depends on the machine that
// bundles (the version of Node.js, the bootstrap) is left out.
func Manifest(site Site, o ManifestOptions) ([]byte, error) {
	m := manifest{Functions: []manifestFunction{}, Version: manifestVersion}
	m.System.Arch, m.System.Platform = "x64", "linux" // what functions run on
	for _, f := range site.Functions {
		m.Functions = append(m.Functions, o.function(site, f))
	}

	return indented(m)
}

// function is one entry.
func (o ManifestOptions) function(site Site, f Function) manifestFunction {
	entry := manifestFunction{
		Name: f.Name, MainFile: o.path(site, f.MainFile), Runtime: f.Runtime, Bundler: f.Bundler, DisplayName: f.DisplayName,
		Generator: f.Generator, Timeout: f.Timeout, InvocationMode: f.InvocationMode, BuildData: buildData{f.RuntimeAPIVersion},
		Memory: f.Memory, VCPU: f.VCPU, Region: f.Region, Schedule: f.Schedule, EventSubscriptions: f.Events,
		TrafficRules: f.RateLimit.rules(), Path: o.path(site, path.Join(o.archives(), archiveName(f))),
	}
	if f.Bundler != "" {
		entry.Priority = 10 // of a function that a person wrote
	}
	for _, r := range f.Routes {
		methods := append([]string{}, r.Methods...)
		entry.Routes = append(entry.Routes, manifestRoute{r.Pattern, r.Literal, r.Expression, &methods, r.PreferStatic})
	}
	for _, r := range f.ExcludedRoutes {
		entry.ExcludedRoutes = append(entry.ExcludedRoutes, manifestRoute{Pattern: r.Pattern, Literal: r.Literal, Expression: r.Expression})
	}

	return entry
}

// archiveName is the file that Netlify's bundler writes for a function.
func archiveName(f Function) string {
	switch f.Runtime {
	case "go":
		return path.Base(f.Source)
	case "rs":
		return path.Base(f.Source) + ".zip"
	}

	return f.Name + ".zip"
}

func (o ManifestOptions) archives() string {
	if o.Archives == "" {
		return ".netlify/functions"
	}

	return filepath.ToSlash(o.Archives)
}

func (o ManifestOptions) path(site Site, rel string) string {
	if o.Absolute {
		return filepath.Join(site.Root, filepath.FromSlash(rel))
	}

	return rel
}

// rules are a rate limit as the manifest has it.
func (r *RateLimit) rules() *trafficRules {
	if r == nil {
		return nil
	}
	var rules trafficRules
	rules.Action.Type = r.Action
	config := &rules.Action.Config
	config.To = r.To
	config.RateLimitConfig.Algorithm, config.RateLimitConfig.WindowLimit, config.RateLimitConfig.WindowSize = r.Algorithm, r.WindowLimit, r.WindowSize
	config.Aggregate.Keys = []aggregateKey{}
	for _, by := range r.AggregateBy {
		config.Aggregate.Keys = append(config.Aggregate.Keys, aggregateKey{by})
	}

	return &rules
}

// ManifestOld writes the older shape, {generatedAt, functions: [name, …]}, for
// what still reads it. The same source gives the same bytes: generatedAt is the
// beginning of Unix time.
func ManifestOld(site Site) ([]byte, error) {
	old := struct {
		GeneratedAt string   `json:"generatedAt"`
		Functions   []string `json:"functions"`
	}{"1970-01-01T00:00:00.000Z", []string{}}
	for _, f := range site.Functions {
		old.Functions = append(old.Functions, f.Name)
	}

	return indented(old)
}

// Wanted writes the manifest of a site in the shape that a configuration names:
// names for the older one, else the official one.
func Wanted(site Site, shape, archives string) ([]byte, error) {
	if shape == ShapeNames {
		return ManifestOld(site)
	}

	return Manifest(site, ManifestOptions{Archives: archives})
}

func indented(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}

	return append(text, '\n'), nil
}
