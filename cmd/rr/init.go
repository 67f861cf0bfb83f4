package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"rr/internal/pm2"
	"rr/runner/config"
)

func (m *Main) initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Usage: "look at this folder and host and write a redundancy.cue to start from",
		Action: m.init,
	}
}

// foundHome is a PM2 home as `rr init` finds it.
type foundHome struct {
	scope, path string
	implied     bool // where PM2 itself would look, so it need not be written
	state       string
	note        string
	apps        []string
}

func (m *Main) init(c *cli.Context) error {
	if err := noMore(c, 0); err != nil {
		return err
	}
	path := common(c, "config")
	if path == "" {
		path = filepath.Join(workingDir(), config.FileName)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return usagef("init: %s is already there; move it away to begin anew, or check it with `rr check`", path)
	}
	homes, err := findHomes(c.Context)
	if err != nil {
		return err
	}
	repository, site := findRepository(c.Context, filepath.Dir(path)), findNetlify(c.Context, filepath.Dir(path))
	text := template(homes, repository, site)
	if _, err := config.Parse(path, []byte(text)); err != nil {
		return fmt.Errorf("init: what was found makes no valid configuration: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("init: write %s: %w", path, err)
	}
	m.tellInit(path, homes, repository, site)

	return nil
}

// findHomes looks where PM2 would, and at every daemon that listens.
func findHomes(ctx context.Context) ([]foundHome, error) {
	implied, err := pm2.DefaultHome()
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	paths := []string{implied}
	listening, err := pm2.Homes()
	if err != nil {
		return nil, fmt.Errorf("init: look for PM2 daemons: %w", err)
	}
	for _, path := range listening {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}

	homes := make([]foundHome, 0, len(paths))
	for i, path := range paths {
		home := lookAtHome(ctx, path)
		home.implied, home.scope = i == 0, "local"
		if i > 0 {
			home.scope = fmt.Sprintf("home%d", i+1)
		}
		homes = append(homes, home)
	}

	return homes, nil
}

func lookAtHome(ctx context.Context, path string) foundHome {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	status := pm2.Probe(ctx, path)
	home := foundHome{path: path, state: string(status.State), note: status.Note}
	if status.State != pm2.Serving {
		return home
	}
	client := &pm2.Client{Home: path}
	defer client.Close()
	apps, err := client.List(ctx)
	if err != nil {
		home.note = err.Error()
		return home
	}
	for _, app := range apps {
		if app.Status == "online" && !app.Module.B && !slices.Contains(home.apps, app.Name) {
			home.apps = append(home.apps, app.Name)
		}
	}
	slices.Sort(home.apps)

	return home
}

// template writes a configuration that says what every line is for.
func template(homes []foundHome, repository foundRepository, site foundSite) string {
	var b strings.Builder
	b.WriteString(`// What rr watches and how far it may go. Check it with: rr check
// Every field and its default: docs/configuration.md

// how often rr looks
interval: "5s"

`)
	for _, home := range homes {
		if !home.implied {
			fmt.Fprintf(&b, "// another PM2 of this host, not watched before you say so\n// pm2: %s: home: %q\n\n", home.scope, home.path)
			continue
		}
		fmt.Fprintf(&b, "pm2: %s: {\n\t// home: default $PM2_HOME, then ~/.pm2\n", home.scope)
		b.WriteString("\t// the processes that must exist; one that PM2 does not know is missing\n")
		quoted := make([]string, 0, len(home.apps))
		for _, app := range home.apps {
			quoted = append(quoted, fmt.Sprintf("%q", app))
		}
		fmt.Fprintf(&b, "\texpect: [%s]\n", strings.Join(quoted, ", "))
		b.WriteString("\t// how often each rung is tried before the next one\n\tladder: restart: {attempts: 3, cooldown: \"30s\"}\n}\n\n")
	}
	b.WriteString(repository.template())
	b.WriteString(site.entry())
	b.WriteString(`// the most that rr does, whatever policies ask for
budget: {
	target: {max: 5, window: "10m"}
	total: {max: 30, window: "10m"}
}

// keep backups, in the state directory unless dir: says otherwise; what holds
// secrets is left out until recipients: says whom to encrypt it for
backup: {}

// your own policies; begin with: rr policies eject policies
// policies: dir: "policies"
`)

	return b.String()
}

func (m *Main) tellInit(path string, homes []foundHome, repository foundRepository, site foundSite) {
	fmt.Fprintf(m.Stdout, "wrote %s\n\n", path)
	var rows [][]string
	for _, home := range homes {
		rows = append(rows, []string{"found", "PM2 home " + home.path, home.state, oneLine(home.note)})
		if len(home.apps) > 0 {
			rows = append(rows, []string{"", "online: " + strings.Join(home.apps, ", "), "", ""})
		}
		if !home.implied {
			rows = append(rows, []string{"", "not watched, see the comment in the file", "", ""})
		}
		if home.implied && home.state != string(pm2.Serving) {
			rows = append(rows, []string{"missing", "a PM2 daemon that serves", "start your apps with pm2, then name them in expect:"})
		}
	}
	if repository.name != "" {
		rows = append(rows, []string{"found", "GitHub repository " + repository.name, plural(len(repository.workflows), "workflow", "workflows")})
		rows = append(rows, []string{"missing", "a token to see its runs", "name one as in token_env: \"GITHUB_TOKEN\""})
	}
	rows = append(rows, site.rows()...)
	columns(m.Stdout, append(rows, notWatched(filepath.Dir(path), repository)...))
	fmt.Fprint(m.Stdout, "\nnext: rr check, rr eval, rr run --dry-run, rr run\n")
}

// notWatched names what lies in the folder and is not watched.
func notWatched(dir string, repository foundRepository) [][]string {
	var rows [][]string
	for _, look := range []struct{ pattern, what string }{
		{"ecosystem*", "PM2 ecosystem file"}, {".github/workflows/*.y*ml", "GitHub workflow"},
	} {
		matches, err := filepath.Glob(filepath.Join(dir, look.pattern))
		if err != nil || len(matches) == 0 || strings.HasPrefix(look.pattern, ".github/") && repository.name != "" {
			continue
		}
		rows = append(rows, []string{"not watched", plural(len(matches), look.what, look.what+"s"), filepath.Base(matches[0])})
	}

	return rows
}
