package pm2

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Version gives the version of the pm2 command, such as "7.0.4", from the
// package that it is part of; the command is not run. Where it differs from the
// daemon's, the daemon was not updated after PM2 was. It is an error where the
// command is no part of a package, as behind the shims of version managers.
func (c CLI) Version(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("version of pm2: %w", err)
	}
	version, err := c.version()
	if err != nil {
		return "", fmt.Errorf("version of pm2: %w", err)
	}
	return version, nil
}

// version follows the link in a bin folder to …/pm2/bin/pm2.
func (c CLI) version() (string, error) {
	path, err := c.path()
	if err != nil {
		return "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	manifest := filepath.Join(filepath.Dir(path), "..", "package.json")
	raw, err := readLimited(manifest)
	if err != nil {
		return "", err
	}
	var pkg struct{ Name, Version string }
	if err := json.Unmarshal(raw, &pkg); err != nil {
		return "", fmt.Errorf("%s: %w", manifest, err)
	}
	if pkg.Name != "pm2" || pkg.Version == "" {
		return "", fmt.Errorf("%s is not that of pm2", manifest)
	}
	return pkg.Version, nil
}

// maxManifest is far above what a package.json holds.
const maxManifest = 1 << 20

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxManifest))
}
