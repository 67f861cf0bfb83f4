package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the name of a configuration that nobody had to name.
const FileName = "redundancy.cue"

// Discover says which configuration rr is to read and how it knows: --config,
// $RR_CONFIG, else redundancy.cue in dir. One that was named is returned whether
// or not it exists, so that Load can say what is wrong with it.
func Discover(flag string, getenv func(string) string, dir string) (path, how string, err error) {
	if flag != "" {
		return flag, "--config", nil
	}
	if named := getenv("RR_CONFIG"); named != "" {
		return named, "$RR_CONFIG", nil
	}
	path = filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", "", missing(fmt.Sprintf("no %s in %s: write one with rr init, or name one with --config or $RR_CONFIG", FileName, dir))
	}

	return path, "./" + FileName, nil
}

// missing says that there is no configuration. It is fs.ErrNotExist.
type missing string

func (m missing) Error() string { return string(m) }

func (missing) Is(target error) bool { return target == fs.ErrNotExist }
