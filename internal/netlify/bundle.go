package netlify

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bundle is what a deploy is made of. Its files stay on disk, and are read again
// when they are sent.
type Bundle struct {
	Files     map[string]File         // by path on the site, without a leading slash
	Functions map[string]FunctionFile // by name
	Schedules []Schedule              // by name, sorted
}

// File is a file of a bundle and its digest.
type File struct {
	Dir  string // the folder that it may not be outside of
	Name string // below Dir
	Size int64  // bytes
	Sum  string // SHA-1, or of a function SHA-256; hexadecimal
}

// FunctionFile is the zip of a function and how it is to run.
type FunctionFile struct {
	File
	Runtime           string         // nodejs24.x, js, go, rs
	InvocationMode    string         // stream, background, or empty
	Timeout           int            // seconds; 0 for Netlify's own
	RuntimeAPIVersion int            // 1 or 2; 0 where the bundler could not tell, as of source that does not parse
	Config            FunctionConfig // what the API wants to know besides
}

// FunctionConfig is what the API keeps of a function beside its code, by the
// API's names.
type FunctionConfig struct {
	DisplayName    string          `json:"display_name,omitempty"`
	Generator      string          `json:"generator,omitempty"`
	Routes         json.RawMessage `json:"routes,omitempty"`
	ExcludedRoutes json.RawMessage `json:"excluded_routes,omitempty"`
	BuildData      json.RawMessage `json:"build_data,omitempty"`
	Priority       int             `json:"priority,omitempty"`
	TrafficRules   *trafficRules   `json:"traffic_rules,omitempty"`
	Region         string          `json:"region,omitempty"`
	Memory         int             `json:"memory,omitempty"`
	VCPU           float64         `json:"vcpu,omitempty"`
}

// What a bundle may be at most. The first is Netlify's; the others are rr's own
// and stop a deploy of a folder that is no site.
const (
	MaxFunction = 50 << 20 // bytes of one zip
	MaxFiles    = 100_000
	MaxTotal    = 10 << 30 // bytes of all files
)

// Add adds the file at a path on this machine under a path on the site, such as
// netlify.toml, in which the API finds redirects and headers.
func (b *Bundle) Add(name, file string) error {
	if err := siteName(name); err != nil {
		return err
	}
	f, err := digest(filepath.Dir(file), filepath.Base(file), sha1.New())
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	if b.Files == nil {
		b.Files = map[string]File{}
	}
	b.Files[name] = f

	return nil
}

// Hash tells bundles apart: the same content at the same paths, the same hash.
// Who goes on with a deploy compares it with that of the bundle it began with.
func (b Bundle) Hash() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(b.Files)) {
		fmt.Fprintf(sum, "file %q %s\n", name, b.Files[name].Sum)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Functions)) {
		f := b.Functions[name]
		config, _ := json.Marshal(f.Config) // holds only what came out of JSON
		fmt.Fprintf(sum, "function %q %s %q %q %d %s\n", name, f.Sum, f.Runtime, f.InvocationMode, f.Timeout, config)
	}
	for _, s := range b.Schedules {
		fmt.Fprintf(sum, "schedule %q %q\n", s.Name, s.Cron)
	}

	return hex.EncodeToString(sum.Sum(nil))
}

// siteName refuses paths that the API cannot take.
func siteName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return fmt.Errorf("%q: the name is not UTF-8", name)
	case strings.ContainsAny(name, "#?"):
		return fmt.Errorf("%q: Netlify takes no # or ? in a name; rename it", name)
	case !fs.ValidPath(name) || name == ".":
		return fmt.Errorf("%q: is not a path below the site", name)
	}

	return nil
}

// digest reads a file once.
func digest(dir, name string, sum hash.Hash) (File, error) {
	f, size, err := openFile(dir, name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	n, err := io.Copy(sum, io.LimitReader(f, size+1))
	if err != nil {
		return File{}, err
	}
	if n != size {
		return File{}, errors.New("it changes while it is read")
	}

	return File{Dir: dir, Name: name, Size: size, Sum: hex.EncodeToString(sum.Sum(nil))}, nil
}

// openFile opens a regular file that is below a folder, also where links on the
// way say otherwise. It does not wait for the writer of a pipe.
func openFile(dir, name string) (*os.File, int64, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil {
		return nil, 0, fmt.Errorf("it is not to be read below %s: %w", dir, err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is not a file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}

	return f, info.Size(), nil
}
