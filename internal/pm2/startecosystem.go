package pm2

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// StartEcosystem runs `pm2 start FILE --only NAME,…` with the daemon that
// serves: it starts these apps as the file has them, of the named environment
// (env_production and such) where env is not empty. One that PM2 knows already
// it restarts with its old settings: Delete it before. The apps get the
// variables of the file and those that CLI passes on, and no others of rr.
//
// An ecosystem file in JavaScript is run by this. It is an error when PM2 does
// not know one of the apps afterwards: pm2 itself says nothing where the file
// has none of that name. It is refused while no daemon serves, because the
// command would start one without its other apps.
func (c CLI) StartEcosystem(ctx context.Context, file string, only []string, env string) (CLIResult, error) {
	if err := checkStart(file, only, env); err != nil {
		return CLIResult{}, fmt.Errorf("pm2 start: %w: %w", ErrRefused, err)
	}
	args := []string{"start", file, "--only", strings.Join(only, ",")}
	if env != "" {
		args = append(args, "--env", env)
	}
	return c.guarded(ctx, command{
		args: args, dir: filepath.Dir(file), under: []State{Serving}, // relative paths in the file count from its folder
		verify: func(ctx context.Context, before Status) error { return c.knows(ctx, before, only) },
	})
}

// checkStart refuses what pm2 would take for something else: a file whose name
// is not that of an ecosystem file it starts as an app, and a name with a comma
// or a space is two.
func checkStart(file string, only []string, env string) error {
	if !filepath.IsAbs(file) {
		return fmt.Errorf("%s: not an absolute path", file)
	}
	if !isEcosystemName(file) {
		return fmt.Errorf("%s: PM2 takes no file of this name for an ecosystem file", file)
	}
	if info, err := os.Stat(file); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a plain file", file)
	}
	if len(only) == 0 {
		return fmt.Errorf("no app is named, and all of them would be restarted")
	}
	for _, name := range only {
		if name == "" || name[0] == '-' || strings.ContainsAny(name, ", ") {
			return fmt.Errorf("app %q cannot be named on the command line", name)
		}
	}
	if env != "" && !regexp.MustCompile(`^\w[\w-]*$`).MatchString(env) {
		return fmt.Errorf("environment %q is not a name", env)
	}
	return nil
}

// isEcosystemName is stricter than PM2, which looks for these anywhere in the
// path.
func isEcosystemName(file string) bool {
	endings := []string{".json", ".yml", ".yaml", ".config.js", ".config.cjs", ".config.mjs"}
	return slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(file, end) })
}

// knows looks whether the daemon is still the one it was and knows these apps.
func (c CLI) knows(ctx context.Context, before Status, names []string) error {
	client := &Client{Home: c.Home, OneDaemon: true}
	defer client.Close()
	peer, err := client.Peer(ctx)
	if err != nil {
		return fmt.Errorf("look at what was started: %w", err)
	}
	if peer.PID != before.PID {
		return fmt.Errorf("the daemon %d ended meanwhile, and the command started another, %d, without its other apps", before.PID, peer.PID)
	}
	apps, err := client.List(ctx)
	if err != nil {
		return fmt.Errorf("look at what was started: %w", err)
	}
	for _, name := range names {
		if !slices.ContainsFunc(apps, func(app App) bool { return app.Name == name }) {
			return fmt.Errorf("PM2 does not know %s afterwards: is it in the file?", name)
		}
	}
	return nil
}
