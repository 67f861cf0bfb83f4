package functions

import (
	"maps"
	"slices"
	"strings"
)

// readConfig takes the config of a function of the second API.
func (one *subject) readConfig(e *exports) {
	object := e.config
	if object == nil {
		object = e.inline()
	}
	if e.rejected != nil && e.config == nil {
		one.problemAt(e, e.rejected.at, Problem{Kind: KindConfig, Severity: Warning,
			Message: "Netlify does not read this config: it must be an object written here, without satisfies, as or a call; give the type as in export const config: Config = {…}"})
	}
	c := checkConfig(object)
	for _, p := range c.problems {
		one.problemAt(e, p.at, Problem{Kind: p.kind, Severity: p.severity, Message: p.message})
	}
	one.Routes = one.routes(e, object.get("path"), c.paths)
	one.ExcludedRoutes = one.routes(e, object.get("excludedPath"), c.excluded)
	for i := range one.Routes {
		one.Routes[i].Methods = c.methods
		one.Routes[i].PreferStatic = c.values["preferStatic"] == true
	}
	if files := texts(c.values["includedFiles"]); len(files) > 0 {
		one.settings["includedFiles"], one.fromToml = nil, false
	}
	merged := map[string]any{}
	merge(merged, one.settings)
	merge(merged, c.values) // a field that Netlify ignores hides that of netlify.toml
	one.settings = merged
}

// routes are those of a list of paths; one that is none is told of.
func (one *subject) routes(e *exports, at *node, paths []string) []Route {
	var routes []Route
	for _, path := range paths {
		r, err := route(path)
		if err != nil {
			one.problemAt(e, at.at, Problem{Kind: KindConfig, Severity: Error, Message: err.Error()})
			continue
		}
		routes = append(routes, r)
	}

	return routes
}

// eventNames are the methods of a default export that subscribe to an event,
// and the events.
func eventNames() map[string]string {
	return map[string]string{
		"deployBuilding": "deploy_building", "deploySucceeded": "deploy_succeeded", "deployFailed": "deploy_failed",
		"deployDeleted": "deploy_deleted", "deployLocked": "deploy_locked", "deployUnlocked": "deploy_unlocked",
		"formSubmitted": "submission_created", "userLogin": "identity_login", "userSignup": "identity_signup",
		"userValidate": "identity_validate", "userModified": "identity_usermodified", "userDeleted": "identity_userdeleted",
		"fetch": "fetch",
	}
}

// events takes the events that the default export subscribes to.
func (one *subject) events(e *exports) {
	object := e.resolve(e.defaults)
	if object == nil || object.kind != objectNode {
		return
	}
	names := eventNames()
	for _, p := range object.props {
		if event := names[p.key]; event != "" {
			one.Events = append(one.Events, event)
		}
	}
}

// readHelpers takes what the helpers of @netlify/functions around a handler of
// the first API say: schedule("@daily", …) and stream(…).
func (one *subject) readHelpers(e *exports) {
	imported := slices.Contains(slices.Collect(maps.Values(e.helpers)), "schedule")
	used, found := false, false
	for _, handler := range e.handlers {
		if handler.kind != callNode {
			continue
		}
		switch e.helpers[handler.text] {
		case "schedule":
			used = true
			found = one.wrapped(e, handler) || found
		case "stream":
			one.InvocationMode = "stream"
		}
	}
	switch {
	case imported && !used:
		one.problem(Problem{Line: 1, Column: 1, Kind: KindSchedule, Severity: Error,
			Message: "imports schedule from @netlify/functions and does not export a handler made with it: write export const handler = schedule(\"@daily\", …)"})
	case imported && !found:
		one.problemAt(e, e.handlers[0].at, Problem{Kind: KindSchedule, Severity: Error,
			Message: "the first argument of schedule must be a cron expression written in this file"})
	}
}

// wrapped takes the schedule of schedule("…", handler).
func (one *subject) wrapped(e *exports, call *node) bool {
	if len(call.items) == 0 {
		return false
	}
	cron := e.resolve(call.items[0])
	if cron == nil || cron.kind != textNode {
		return false
	}
	one.settings["schedule"] = cron.text
	if err := checkCron(cron.text); err != nil {
		one.problemAt(e, call.items[0].at, Problem{Kind: KindSchedule, Severity: Error, Message: err.Error()})
	}

	return cron.text != ""
}

// unusedConfig tells of a config that Netlify reads of the second API only.
func (one *subject) unusedConfig(e *exports) {
	config := e.config
	if config == nil {
		config = e.rejected
	}
	if config != nil && len(config.props) > 0 {
		one.problemAt(e, config.at, Problem{Kind: KindConfig, Severity: Warning,
			Message: "this config is ignored: Netlify reads it only of functions with a default export and no handler"})
	}
}

// settle takes out of the settings what the answer names.
func (one *subject) settle() {
	set := one.settings
	one.Schedule, _ = set["schedule"].(string)
	one.Region, _ = set["region"].(string)
	one.DisplayName, _ = set["name"].(string)
	one.Generator, _ = set["generator"].(string)
	one.Memory, one.VCPU, one.Timeout = numeric(set["memory"]), numeric(set["vcpu"]), numeric(set["timeout"])
	one.RateLimit, _ = set["rateLimit"].(*RateLimit)
	byName := strings.HasSuffix(one.Name, "-background")
	one.Background = byName || set["background"] == true
	switch {
	case one.Bundler == "":
	case one.Background:
		one.InvocationMode = "background"
	case one.RuntimeAPIVersion == 2:
		one.InvocationMode = "stream"
	}
}

// numeric is a number of netlify.toml or of a config; 0 for none.
func numeric(value any) float64 {
	if whole, ok := value.(int64); ok {
		value = float64(whole)
	}
	if n := memory(value); n == n {
		return n
	}

	return 0
}
