package pm2

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

// StartEcosystem is pm2.start_ecosystem: it starts one app that PM2 does not
// know, with all its instances, as its ecosystem file has it.
type StartEcosystem struct {
	Homes Homes
	Files Files
}

// Act starts the app of the target. PM2 must not know it: `pm2 start` would
// restart it, with its old settings.
func (s StartEcosystem) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	home, config, err := homeOf(s.Homes, a.Target)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	leave, err := alone(ctx, home, a.Target)
	if err != nil {
		return "", err
	}
	defer leave()

	file, err := s.file(ctx, home, a.Target)
	if err != nil {
		return "", err
	}
	path, remove, err := startable(file)
	if err != nil {
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	defer remove()
	result, err := pm2.CLI{Home: home, Path: config.Command}.StartEcosystem(ctx, path, []string{a.Target.Name()}, "")
	if err != nil {
		return "", commandOutcome(result, err)
	}

	return fmt.Sprintf("started from %s; pm2 start took %s", file.Path, result.Took.Round(10*time.Millisecond)), nil
}

// file finds the file to start from, if the daemon serves and does not know
// the app.
func (s StartEcosystem) file(ctx context.Context, home string, id schemas.ID) (ecosystem.File, error) {
	client := &pm2.Client{Home: home, OneDaemon: true}
	defer client.Close()
	apps, err := client.List(ctx)
	if err != nil {
		return ecosystem.File{}, notBegun(id, err)
	}
	if at := slices.IndexFunc(apps, func(app pm2.App) bool { return app.Name == id.Name() }); at >= 0 {
		return ecosystem.File{}, fmt.Errorf("%w: PM2 knows %s: it is %s", schemas.ErrRefused, id.Name(), apps[at].Status)
	}
	daemon, err := client.Peer(ctx)
	if err != nil {
		return ecosystem.File{}, notBegun(id, err)
	}
	file, err := findInFiles(ctx, daemon, home, s.Files(id.Scope()), id.Name())
	if err != nil {
		return ecosystem.File{}, fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}

	return file, nil
}

// startable gives the path that `pm2 start` is given for a file: its own, or that
// of a module which stands for a file of a wrong name until remove is called.
func startable(file ecosystem.File) (path string, remove func(), err error) {
	path, remove, err = file.Render("")
	if err != nil || path == file.Path {
		return path, remove, err
	}
	if file.Kind != ecosystem.JS {
		remove()
		return "", nil, fmt.Errorf("%s: %s: %s", file.Path, file.Problem, file.Advice)
	}
	if path, err = inFolder(path, filepath.Dir(file.Path)); err != nil {
		remove()
		return "", nil, fmt.Errorf("render %s: %w", file.Path, err)
	}

	return path, remove, nil
}

// inFolder writes a module beside the rendered one that gives each app the
// folder of the file to run in: pm2 is run where its file lies, and resolves
// relative scripts from there.
func inFolder(rendered, folder string) (string, error) {
	const module = `// Written by rr for one run of pm2 start.
const path = require('path');
const file = require(%s);
const apps = [].concat(file.apps || file.pm2 || file);
module.exports = {apps: apps.map(app => ({...app, cwd: path.resolve(%s, app.cwd || '.')}))};
`
	quotedPath, err := json.Marshal(rendered)
	if err != nil {
		return "", err
	}
	quotedFolder, err := json.Marshal(folder)
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(rendered), "folder.config.cjs")

	return path, os.WriteFile(path, fmt.Appendf(nil, module, quotedPath, quotedFolder), 0o600)
}
