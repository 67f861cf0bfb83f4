package ecosystem

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Render gives a path that `pm2 start` takes for an ecosystem file with the
// apps of this one: its own path when PM2 understands that, else the path of a
// small file in dir that leads to it. The caller calls remove when PM2 has
// started; it leaves the file itself alone.
//
// PM2 resolves relative scripts and folders against the folder in which the
// command is run, so it is run in filepath.Dir(f.Path), as App assumes.
//
// It is an error when no name would help: then File.Advice says what does.
func (f File) Render(dir string) (path string, remove func(), err error) {
	misnamed := !f.Recognised
	if !misnamed && f.source != asDefault {
		if f.Problem != "" {
			return "", nil, fmt.Errorf("%s: %s: %s", f.Path, f.Problem, f.Advice)
		}
		return f.Path, func() {}, nil
	}
	if f.source == notLoaded || f.source == asFunction {
		return "", nil, fmt.Errorf("%s: %s: %s", f.Path, f.Problem, f.Advice)
	}
	folder, err := os.MkdirTemp(dir, "ecosystem-")
	if err != nil {
		return "", nil, fmt.Errorf("render %s: %w", f.Path, err)
	}
	remove = func() { os.RemoveAll(folder) }
	if path, err = f.write(folder); err != nil {
		remove()
		return "", nil, fmt.Errorf("render %s: %w", f.Path, err)
	}
	return path, remove, nil
}

// write makes a module that requires the file, so that what the file says of
// its own place stays true; JSON and YAML, which PM2 reads itself, get a link.
func (f File) write(folder string) (string, error) {
	name := "ecosystem." + f.Kind
	if f.Kind == JS {
		name = "ecosystem.config.cjs"
	}
	path, err := filepath.Abs(filepath.Join(folder, name))
	if err != nil {
		return "", err
	}
	if as := taken(path); as != f.Kind {
		return "", fmt.Errorf("PM2 would take %s for %s, because of the name of a folder in it", path, as)
	}
	if f.Kind != JS {
		return path, os.Symlink(f.Path, path)
	}
	quoted, err := json.Marshal(f.Path)
	if err != nil {
		return "", err
	}
	module := fmt.Sprintf("// Written by rr for one run of pm2 start, which would not understand the file itself.\nconst file = require(%s);\nmodule.exports = file.apps || file.pm2 ? file : file.default || file;\n", quoted)
	return path, os.WriteFile(path, []byte(module), 0o600)
}
