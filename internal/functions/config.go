package functions

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// undefined is the value of what is not written as a literal.
type undefined struct{}

// value is what an expression is worth as Netlify's bundler reads it: text,
// float64, bool, nil, []any, map[string]any, and undefined for everything else.
func (v *node) value() any {
	if v == nil {
		return undefined{}
	}
	switch v.kind {
	case textNode:
		return v.text
	case numberNode:
		return v.number
	case booleanNode:
		return v.truth
	case nullNode:
		return nil
	case arrayNode:
		list := make([]any, 0, len(v.items))
		for _, item := range v.items {
			list = append(list, item.value())
		}
		return list
	case objectNode:
		fields := map[string]any{}
		for _, p := range v.props {
			if !p.method && !p.spread {
				fields[p.key] = p.value.value()
			}
		}
		return fields
	}

	return undefined{}
}

// RateLimit is how many requests a function takes.
type RateLimit struct {
	Action      string   `json:"action"` // rate_limit or rewrite
	To          string   `json:"to,omitempty"`
	WindowLimit float64  `json:"window_limit"`
	WindowSize  float64  `json:"window_size"` // seconds
	Algorithm   string   `json:"algorithm"`
	AggregateBy []string `json:"aggregate_by"`
}

var (
	regions       = []string{"cmh", "dub", "fra", "gru", "iad", "lhr", "nrt", "pdx", "sfo", "sin", "syd", "yul"}
	methods       = []string{"GET", "POST", "PUT", "PATCH", "OPTIONS", "DELETE", "HEAD"}
	memoryPattern = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*(mb|gb)?$`)
)

// configFields are what a config may say, beside what is checked one by one:
// the type that it must have, else Netlify ignores it.
var configFields = map[string]func(any) bool{
	"background": isBool, "preferStatic": isBool,
	"generator": isText, "name": isText, "nodeVersion": isText, "schedule": isText,
	"timeout":     func(v any) bool { _, ok := v.(float64); return ok },
	"nodeBundler": func(v any) bool { text, ok := v.(string); return ok && slices.Contains(bundlers, text) },
}

// listFields become empty lists where they are no lists of texts.
var listFields = []string{"externalNodeModules", "ignoredNodeModules", "includedFiles"}

func isBool(v any) bool { _, ok := v.(bool); return ok }
func isText(v any) bool { _, ok := v.(string); return ok }

// checkedConfig is what a config says once Netlify has checked it.
type checkedConfig struct {
	values   map[string]any // settings, in Netlify's inner names
	paths    []string
	excluded []string
	methods  []string
	problems []configProblem
}

// configProblem is one of a field of a config; the first error is what Netlify
// stops at.
type configProblem struct {
	at       int // token
	severity string
	kind     string
	message  string
}

// checkConfig checks a config as Netlify does: of some fields a wrong type is
// an error, of others it is ignored, of which a person should know.
func checkConfig(object *node) checkedConfig {
	c := checkedConfig{values: map[string]any{}}
	if object == nil {
		return c
	}
	fields, _ := object.value().(map[string]any)
	place := map[string]int{}
	for _, p := range object.props {
		place[p.key] = p.at
		if p.spread {
			c.problem(p.at, Warning, "what is spread into config is ignored: Netlify reads literals only")
		}
	}
	for _, name := range sortedKeys(fields) {
		at, value := place[name], fields[name]
		if _, unknown := value.(undefined); unknown {
			c.values[name] = nil
			c.problem(at, Warning, "%s of config is not a literal, so Netlify ignores it, and that of netlify.toml too; write its value here", name)
			continue
		}
		c.field(at, name, value)
	}
	if c.values["memory"] != nil && c.values["vcpu"] != nil {
		c.problem(place["vcpu"], Error, "memory and vcpu cannot both be set")
	}

	return c
}

func (c *checkedConfig) problem(at int, severity, format string, args ...any) {
	c.problems = append(c.problems, configProblem{at, severity, KindConfig, fmt.Sprintf(format, args...)})
}

// field checks one field.
func (c *checkedConfig) field(at int, name string, value any) {
	switch name {
	case "path":
		c.paths = c.pathField(at, name, value)
	case "excludedPath":
		c.excluded = c.pathField(at, name, value)
	case "method":
		c.methodField(at, value)
	case "memory":
		mb := memory(value)
		if mb != math.Trunc(mb) || !(mb >= 1024 && mb <= 4096) {
			c.problem(at, Error, "memory must be a whole number of MB from 1024 to 4096, or text such as \"2gb\"")
			return
		}
		c.values[name] = mb
	case "vcpu":
		share, isNumber := value.(float64)
		if !isNumber || !(share >= 0.5 && share <= 2) {
			c.problem(at, Error, "vcpu must be a number from 0.5 to 2")
			return
		}
		c.values[name] = share
	case "region":
		code, _ := value.(string)
		if !slices.Contains(regions, strings.ToLower(code)) {
			c.problem(at, Error, "region must be one of %s", strings.Join(regions, ", "))
			return
		}
		c.values[name] = strings.ToLower(code)
	case "rateLimit":
		if limit := rateLimit(value); limit != nil {
			c.values[name] = limit
			return
		}
		c.values[name] = nil
		c.problem(at, Warning, "rateLimit is ignored: it needs windowLimit and windowSize as numbers, and what Netlify knows besides")
	default:
		c.plainField(at, name, value)
	}
}

// plainField takes a field that Netlify ignores where its type is wrong.
func (c *checkedConfig) plainField(at int, name string, value any) {
	if slices.Contains(listFields, name) {
		if texts(value) == nil {
			c.problem(at, Warning, "%s is ignored: it must be a list of texts", name)
			value = []any{}
		}
		c.values[name] = value
		return
	}
	fits, known := configFields[name]
	switch {
	case !known:
		c.problem(at, Info, "config has no field %s; Netlify ignores it", name)
	case !fits(value):
		c.problem(at, Warning, "%s is ignored: its value is of a wrong type", name)
	default:
		c.values[name] = value
	}
	if known && !fits(value) {
		c.values[name] = nil
	}
	if schedule, isText := value.(string); name == "schedule" && isText {
		if err := checkCron(schedule); err != nil {
			c.problems = append(c.problems, configProblem{at, Error, KindSchedule, err.Error()})
		}
	}
}

// pathField reads one path or several.
func (c *checkedConfig) pathField(at int, name string, value any) []string {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	var paths []string
	for _, entry := range list {
		path, isText := entry.(string)
		if !isText || !strings.HasPrefix(path, "/") {
			c.problem(at, Error, "%s must be a text that begins with a slash, or a list of such", name)
			return nil
		}
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}

	return paths
}

func (c *checkedConfig) methodField(at int, value any) {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for _, entry := range list {
		method, isText := entry.(string)
		if method = strings.ToUpper(method); !isText || !slices.Contains(methods, method) {
			c.problem(at, Error, "method must be one of %s, or a list of such", strings.Join(methods, ", "))
			c.methods = nil
			return
		}
		c.methods = append(c.methods, method)
	}
}

// memory is a size in MB, NaN for what is none.
func memory(value any) float64 {
	switch value := value.(type) {
	case float64:
		return value
	case string:
		found := memoryPattern.FindStringSubmatch(strings.ToLower(strings.TrimSpace(value)))
		if found == nil {
			return math.NaN()
		}
		n, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			return math.NaN()
		}
		if found[2] == "gb" {
			n *= 1024
		}
		return n
	}

	return math.NaN()
}

// rateLimit reads a rate limit; nil for one that Netlify ignores.
func rateLimit(value any) *RateLimit {
	fields, isObject := value.(map[string]any)
	limit, hasLimit := fields["windowLimit"].(float64)
	size, hasSize := fields["windowSize"].(float64)
	if !isObject || !hasLimit || !hasSize {
		return nil
	}
	r := &RateLimit{Action: "rate_limit", Algorithm: "sliding_window", AggregateBy: []string{"domain"}, WindowLimit: limit, WindowSize: size}
	for name, allowed := range map[string][]string{"action": {"rate_limit", "rewrite"}, "algorithm": {"sliding_window"}} {
		if value, there := fields[name]; there && value != any(undefined{}) && !slices.Contains(allowed, fmt.Sprint(value)) {
			return nil
		}
	}
	if action, ok := fields["action"].(string); ok {
		r.Action = action
	}
	switch to := fields["to"].(type) {
	case string:
		r.To = to
	case nil, undefined:
	default:
		return nil
	}
	switch by := fields["aggregateBy"].(type) {
	case []any:
		r.AggregateBy = texts(by)
		if r.AggregateBy == nil || !known(r.AggregateBy) {
			return nil
		}
	case string: // valid, and yet Netlify counts by domain
		if !known([]string{by}) {
			return nil
		}
	case nil, undefined:
	default:
		return nil
	}

	return r
}

// known tells whether rates can be counted by all of these.
func known(aggregates []string) bool {
	return !slices.ContainsFunc(aggregates, func(by string) bool { return by != "domain" && by != "ip" })
}
