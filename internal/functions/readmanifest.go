package functions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Shapes of a manifest.
const (
	ShapeV1      = "v1"      // the official one
	ShapeNames   = "names"   // {generatedAt, functions: [name or {name, path}, …], …}
	ShapeUnknown = "unknown" // neither
)

// Entry is one function as a manifest lists it. The older shape has names and
// sometimes paths only.
type Entry struct {
	Name              string  `json:"name"`
	MainFile          string  `json:"main_file,omitempty"`
	Runtime           string  `json:"runtime,omitempty"`
	RuntimeAPIVersion int     `json:"runtime_api_version,omitempty"`
	Schedule          string  `json:"schedule,omitempty"`
	InvocationMode    string  `json:"invocation_mode,omitempty"`
	Routes            []Route `json:"routes,omitempty"`
	ExcludedRoutes    []Route `json:"excluded_routes,omitempty"`
	Memory            float64 `json:"memory,omitempty"`
	Region            string  `json:"region,omitempty"`
	Timeout           float64 `json:"timeout,omitempty"`
}

// Listed is what a manifest says.
type Listed struct {
	Shape    string   // one of the Shape constants
	Entries  []Entry  // in the order of the manifest
	Problems []string // what is wrong with it
}

// MaxManifest is far more than a manifest of 2,000 functions has.
const MaxManifest = 64 << 20

// ReadManifest reads a manifest of any shape. An error means that it is no JSON
// that rr takes; what is wrong within is in Problems.
func ReadManifest(content []byte) (Listed, error) {
	if len(content) > MaxManifest {
		return Listed{Shape: ShapeUnknown}, fmt.Errorf("the manifest has more than %d MB", MaxManifest>>20)
	}
	var top struct {
		Version     json.RawMessage   `json:"version"`
		GeneratedAt json.RawMessage   `json:"generatedAt"`
		Functions   []json.RawMessage `json:"functions"`
	}
	if err := json.Unmarshal(content, &top); err != nil {
		return Listed{Shape: ShapeUnknown}, jsonError(content, err)
	}
	list := Listed{Shape: shapeOf(top.Version)}
	if top.Version == nil && top.Functions == nil {
		return Listed{Shape: ShapeUnknown, Problems: []string{"it has neither version nor functions"}}, nil
	}
	if list.Shape == ShapeUnknown {
		list.Problems = append(list.Problems, fmt.Sprintf("it has version %s, and rr knows %d", top.Version, manifestVersion))
	}
	if top.Functions == nil {
		list.Problems = append(list.Problems, "it has no list of functions")
	}
	for i, raw := range top.Functions {
		entry, problem := readEntry(raw, list.Shape)
		if problem != "" {
			list.Problems = append(list.Problems, fmt.Sprintf("functions[%d] %s", i, problem))
		}
		if entry.Name != "" {
			list.Entries = append(list.Entries, entry)
		}
	}
	list.Problems = append(list.Problems, twice(list.Entries)...)

	return list, nil
}

func shapeOf(version json.RawMessage) string {
	switch {
	case version == nil:
		return ShapeNames
	case string(version) == fmt.Sprint(manifestVersion):
		return ShapeV1
	}

	return ShapeUnknown
}

// rawEntry is an entry of the official shape.
type rawEntry struct {
	Name           string  `json:"name"`
	MainFile       string  `json:"mainFile"`
	Path           string  `json:"path"`
	Runtime        string  `json:"runtime"`
	Schedule       string  `json:"schedule"`
	InvocationMode string  `json:"invocationMode"`
	Memory         any     `json:"memory"`
	Region         string  `json:"region"`
	Timeout        float64 `json:"timeout"`
	Routes         []Route `json:"routes"`
	ExcludedRoutes []Route `json:"excludedRoutes"`
	BuildData      struct {
		RuntimeAPIVersion int `json:"runtimeAPIVersion"`
	} `json:"buildData"`
}

// readEntry reads one entry of either shape, and says what is wrong with it.
func readEntry(raw json.RawMessage, shape string) (Entry, string) {
	if shape == ShapeNames {
		return readName(raw)
	}
	var r rawEntry
	if err := json.Unmarshal(raw, &r); err != nil {
		return Entry{Name: r.Name}, "cannot be read: " + plainJSON(err)
	}
	entry := Entry{
		Name: r.Name, MainFile: r.MainFile, Runtime: r.Runtime, RuntimeAPIVersion: r.BuildData.RuntimeAPIVersion, Schedule: r.Schedule,
		InvocationMode: r.InvocationMode, Routes: r.Routes, ExcludedRoutes: r.ExcludedRoutes, Memory: numeric(r.Memory), Region: r.Region, Timeout: r.Timeout,
	}
	var lacks []string
	for _, field := range []struct{ name, value string }{{"name", r.Name}, {"mainFile", r.MainFile}, {"path", r.Path}, {"runtime", r.Runtime}} {
		if field.value == "" {
			lacks = append(lacks, field.name)
		}
	}
	if r.Runtime == "js" && r.BuildData.RuntimeAPIVersion == 0 && !strings.HasSuffix(r.MainFile, ".zip") {
		lacks = append(lacks, "buildData.runtimeAPIVersion (its source could not be parsed when it was bundled)")
	}
	if len(lacks) > 0 {
		return entry, fmt.Sprintf("%q has no %s", r.Name, strings.Join(lacks, ", "))
	}

	return entry, ""
}

// readName reads an entry of the older shape: a name, or an object with one.
func readName(raw json.RawMessage) (Entry, string) {
	var name string
	if json.Unmarshal(raw, &name) == nil && !bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		if name == "" {
			return Entry{}, "is an empty name"
		}
		return Entry{Name: name}, ""
	}
	var object struct {
		Name string `json:"name"`
		Path string `json:"path"`
	}
	if err := json.Unmarshal(raw, &object); err != nil || object.Name == "" {
		return Entry{}, "is neither a name nor an object with a name"
	}

	return Entry{Name: object.Name, MainFile: object.Path}, ""
}

// twice tells of functions that are listed more than once.
func twice(entries []Entry) []string {
	var problems []string
	seen := map[string]int{}
	for _, entry := range entries {
		if seen[entry.Name]++; seen[entry.Name] == 2 {
			problems = append(problems, fmt.Sprintf("%q is listed more than once", entry.Name))
		}
	}

	return problems
}

// jsonError places an error of the decoder.
func jsonError(content []byte, err error) error {
	var at *json.SyntaxError
	if errors.As(err, &at) {
		line, column := lineColumn(string(content), int(min(max(at.Offset-1, 0), int64(len(content)))))
		return fmt.Errorf("%d:%d: %w", line, column, err)
	}

	return errors.New(plainJSON(err))
}

// plainJSON says what type is wrong without Go's names.
func plainJSON(err error) string {
	var at *json.UnmarshalTypeError
	if errors.As(err, &at) {
		return fmt.Sprintf("%s is a %s", at.Field, at.Value)
	}

	return err.Error()
}
