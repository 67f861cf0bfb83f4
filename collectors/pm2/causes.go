package pm2

import (
	"os"
	"path/filepath"

	"rr/internal/pm2"
	"rr/schemas"
)

// What keeps a process from running.
const (
	causeNone        = "none"
	causeScript      = "script_missing"
	causeCwd         = "cwd_missing"
	causeInterpreter = "interpreter_missing"
	causeExecutable  = "not_executable"
	causeDisk        = "disk_full"
)

// cause looks for what keeps a process from running, and for the path that this
// is about. It is asked only of what does not run as it should, and what cannot
// be told is none.
func (l *look) cause(app pm2.App, state string) (cause, path string) {
	switch state {
	case schemas.ProcessErrored, schemas.ProcessHiddenErrored, schemas.ProcessPhantom,
		schemas.ProcessCrashLoop, schemas.ProcessWaiting, schemas.ProcessMissing:
		return l.obstacle(app, state)
	}

	return causeNone, ""
}

// obstacle looks for what would keep an app from running if it were started
// now.
func (l *look) obstacle(app pm2.App, state string) (cause, path string) {
	switch {
	case l.elsewhere: // its paths are those of another container
	case pm2.Gone(app.CWD): // first: a deploy that deletes the folder deletes the script in it too
		return causeCwd, app.CWD
	case pm2.Gone(app.ExecPath):
		return causeScript, app.ExecPath
	case l.lacksInterpreter(app, state):
		return causeInterpreter, app.Interpreter
	case notExecutable(app):
		return causeExecutable, app.ExecPath
	}

	return l.fullDisk(app)
}

// lacksInterpreter tells whether the program that runs a script is not there. A
// cluster worker is run by the daemon's own node. A bare name is looked for as
// the daemon does, but only for a phantom: an app may have a PATH of its own,
// which rr does not read, and what runs at times has its interpreter.
func (l *look) lacksInterpreter(app pm2.App, state string) bool {
	switch {
	case app.ExecMode == "cluster_mode" || app.Interpreter == "" || app.Interpreter == "none":
		return false
	case filepath.IsAbs(app.Interpreter):
		return pm2.Gone(app.Interpreter)
	case filepath.Base(app.Interpreter) != app.Interpreter || state != schemas.ProcessPhantom:
		return false
	}
	env, err := l.table.FS().Environ(l.status.PID, "PATH")
	if err != nil || env["PATH"] == "" {
		return false
	}
	for _, folder := range filepath.SplitList(env["PATH"]) {
		if !filepath.IsAbs(folder) || !pm2.Gone(filepath.Join(folder, app.Interpreter)) {
			return false
		}
	}

	return true
}

// notExecutable tells whether a script that is to run by itself may not be run
// by anybody.
func notExecutable(app pm2.App) bool {
	if app.Interpreter != "none" || !filepath.IsAbs(app.ExecPath) {
		return false
	}
	info, err := os.Stat(app.ExecPath)

	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 == 0
}

// fullDisk tells whether an app has no room to log: PM2 cannot start it then.
func (l *look) fullDisk(app pm2.App) (cause, path string) {
	for _, log := range []string{app.OutLog, app.ErrLog} {
		if disk, known := l.disks.of(log); known && disk.full() {
			return causeDisk, disk.mount
		}
	}

	return causeNone, ""
}
