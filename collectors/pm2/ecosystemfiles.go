package pm2

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
	"rr/schemas"
)

// files are the ecosystem files as they were last read.
type files struct {
	reader *ecosystem.Reader
	last   map[string]reading // by path
}

// reading is what came of reading one ecosystem file.
type reading struct {
	path  string
	state string
	note  string
	known bool // its apps are those that it names
	apps  []ecosystem.App

	stamps map[string]stamp // of the file and of what it required, where reading it again would say the same
}

// readFiles reads the configured ecosystem files, each only when it has changed:
// one in JavaScript that was read stays known when the daemon is gone.
func (c *Collector) readFiles(ctx context.Context, l *look) []reading {
	c.files.reader.Timeout = l.config.Timeout.Of() * 2 / 5
	node, why := l.node()
	c.files.reader.Node = node

	found := make([]reading, 0, len(l.config.Ecosystem))
	last := map[string]reading{}
	for _, path := range l.config.Ecosystem {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if _, twice := last[path]; twice {
			continue
		}
		r, kept := c.files.last[path]
		switch {
		case kept && unchanged(r.stamps):
		case hurried(ctx, l.config.Timeout.Of()):
			r = reading{path: path}.are(schemas.EcosystemUnknown, "there was no time left to read it; rr tries again at the next look")
		default:
			r = c.files.read(ctx, path, why)
		}
		last[path] = r
		found = append(found, r)
	}
	c.files.last = last

	return found
}

// hurried tells whether too little of a look is left to read one more file. A
// file in JavaScript takes a node start, and one that does not come to an end
// takes two fifths of the look; the rest of it needs its part too.
func hurried(ctx context.Context, timeout time.Duration) bool {
	deadline, limited := ctx.Deadline()

	return limited && time.Until(deadline) < timeout/2
}

// noNode is a program that cannot be started.
const noNode = "/proc/0/exe"

// node is the program that runs the daemon, or why it cannot be asked to
// evaluate a file. It is not asked with more rights than the daemon has itself.
func (l *look) node() (program, why string) {
	switch {
	case l.listError != nil:
		return noNode, "no daemon serves whose node could read it"
	case l.elsewhere:
		return noNode, "the daemon runs in another container, whose node rr does not run"
	}
	program, err := pm2.Peer{PID: l.status.PID, UID: l.status.UID}.Node()
	if err != nil {
		return noNode, err.Error()
	}

	return program, ""
}

// read reads one file. why is the reason why no file in JavaScript can be
// evaluated, empty where it can.
func (f *files) read(ctx context.Context, path, why string) reading {
	r := reading{path: path}
	before := stampOf(path)
	sure := before.sure()
	file, err := f.reader.Read(ctx, path)
	switch {
	case pm2.Gone(path):
		return r.are(schemas.EcosystemMissing, "it is not there: create it, or take it out of ecosystem:")
	case file.Kind == "":
		return r.are(schemas.EcosystemMisnamed, told(path, err))
	case file.Kind == ecosystem.JS && why != "":
		return r.are(schemas.EcosystemUnknown, why)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, fs.ErrPermission):
		return r.are(schemas.EcosystemUnknown, told(path, err))
	case err != nil && isModule(err.Error()):
		return r.are(schemas.EcosystemUnsupported, told(path, err))
	case err != nil:
		return r.are(schemas.EcosystemInvalid, told(path, err))
	}
	r.known, r.apps = true, file.Apps
	if r.judge(file) && sure {
		r.keep(before, file.Requires)
	}

	return r
}

func (r reading) are(state, note string) reading {
	r.state, r.note = state, note
	return r
}

// told says an error without the path, which the fact has.
func told(path string, err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), path+":"), " ")
}

// judge tells what a file is in that could be read, and whether that depends on
// the file alone.
func (r *reading) judge(file ecosystem.File) (lasting bool) {
	switch {
	case file.Problem == "":
		r.state = schemas.EcosystemOK
	case isModule(file.Problem):
		r.state = schemas.EcosystemUnsupported
	case !file.Recognised:
		r.state = schemas.EcosystemMisnamed
	default:
		r.state = schemas.EcosystemInvalid
	}
	if file.Problem != "" {
		r.note = file.Problem + ": " + file.Advice
		if file.Script() {
			r.note = file.Advice // that PM2 would run it is what its state says
		}
		return true
	}
	for _, app := range file.Apps {
		if app.Problem != "" {
			r.note = fmt.Sprintf("app %s: %s", app.Name, app.Problem)
			return false // a script may come without the file being touched
		}
	}

	return true
}

// isModule tells whether what is wrong is that the file is an ES module.
func isModule(problem string) bool {
	return strings.Contains(problem, "ES module") || strings.Contains(problem, "default export of a module")
}

// keep remembers what the file looked like before it was read, and what it
// required. What was just written to is read again.
func (r *reading) keep(before stamp, requires []string) {
	stamps := map[string]stamp{r.path: before}
	for _, path := range requires {
		stamps[path] = stampOf(path)
		if !stamps[path].sure() {
			return
		}
	}
	r.stamps = stamps
}

func unchanged(stamps map[string]stamp) bool {
	for path, stamp := range stamps {
		if stampOf(path) != stamp {
			return false
		}
	}

	return len(stamps) > 0
}
