package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rr/schemas"
)

// maxText is how long a configuration may be. One of 5,000 processes has a
// tenth of it.
const maxText = 1 << 20

// Loaded is a validated configuration, and the text it was made from.
type Loaded struct {
	Config schemas.Config
	Text   []byte
	Path   string // of the file, absolute
	Hash   string // sha256 of Text, in hex
}

// PolicyDir is the folder of the operator's own policies, absolute: what the
// configuration says is relative to its own folder. It is empty where none is
// configured.
func (l Loaded) PolicyDir() string {
	if l.Config.Policies.Dir == "" {
		return ""
	}

	return l.Resolve(l.Config.Policies.Dir)
}

// Resolve makes a path of the configuration absolute: it is relative to the
// configuration's own folder.
func (l Loaded) Resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}

	return filepath.Join(filepath.Dir(l.Path), path)
}

// Load reads and validates the configuration in the file at path. The error is
// Errors where the text is at fault.
func Load(path string) (Loaded, error) {
	text, err := read(path)
	if err != nil {
		return Loaded{}, err
	}

	return Parse(path, text)
}

// read reads a file of at most maxText bytes and says in plain words why it
// cannot.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path + ": no such file; rr init writes one")
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder; name the file in it, as in %s", path, filepath.Join(path, FileName))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	// One byte more than allowed is enough for Parse to see that it is too long.
	text, err := io.ReadAll(io.LimitReader(file, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}

	return text, nil
}
