package pm2

import (
	"time"

	"rr/internal/pm2"
	"rr/schemas"
)

// state derives what a process is in from what PM2 says, /proc shows and rr has
// counted.
func (l *look) state(app pm2.App, restarts10m int64) string {
	state := l.plainState(app)
	switch state {
	case schemas.ProcessOnline, schemas.ProcessLaunching, schemas.ProcessWaiting:
		if l.loops(app, restarts10m) {
			return schemas.ProcessCrashLoop
		}
	}

	return state
}

// plainState is the state without what rr has counted.
func (l *look) plainState(app pm2.App) string {
	switch app.Status {
	case "online":
		return l.onlineState(app)
	case "launching", "one-launch-status":
		return schemas.ProcessLaunching
	case "stopping":
		return schemas.ProcessStopping
	case "stopped":
		switch {
		case doesNotRestart(app):
			return schemas.ProcessFinished
		case app.PID != 0: // PM2 says so for a moment between an exit and the next start, and keeps the pid
			return schemas.ProcessLaunching
		case app.CronRestart != "":
			return schemas.ProcessFinished
		}
		return schemas.ProcessStopped
	case "waiting restart":
		return waitingState(app)
	case "errored":
		return schemas.ProcessErrored
	}

	return schemas.ProcessUnknown
}

// onlineState tells a process that lives from one that never started. One that
// has just ended, which PM2 had no time to notice, is being started anew.
func (l *look) onlineState(app pm2.App) string {
	switch {
	case l.lives(app):
		return schemas.ProcessOnline
	case l.phantoms[app.ID]:
		return schemas.ProcessPhantom
	}

	return schemas.ProcessLaunching
}

// waitingState tells apart what PM2 calls waiting. While it really waits it
// keeps the pid of the process that ended; after it gave up there is none, and
// its `errored` was written over.
func waitingState(app pm2.App) string {
	switch {
	case doesNotRestart(app):
		return schemas.ProcessFinished
	case app.PID == 0:
		return schemas.ProcessHiddenErrored
	}

	return schemas.ProcessWaiting
}

// doesNotRestart tells whether PM2 is to leave an app alone once it has ended.
func doesNotRestart(app pm2.App) bool { return app.Autorestart.Known && !app.Autorestart.B }

// byCron is how many restarts of the last 10 minutes cron_restart explains: as
// often as its schedule came due, and once more for what a look saw late.
func (l *look) byCron(app pm2.App) int64 {
	if n := pm2.CronFirings(app.CronRestart, l.at.Local().Add(-10*time.Minute), l.at.Local()); n > 0 {
		return int64(n) + 1
	}

	return 0
}

// loops tells whether a process is restarted again and again, however long each
// life is. PM2 sees only loops faster than a second. A life of two thirds of
// the settle time ends it, so that whatever mends an app can be seen to have
// worked. What cron_restart restarts on schedule does not count.
func (l *look) loops(app pm2.App, restarts10m int64) bool {
	if l.config.CrashLoop.Restarts <= 0 || restarts10m < int64(l.config.CrashLoop.Restarts) {
		return false
	}
	if restarts10m-l.byCron(app) < int64(l.config.CrashLoop.Restarts) {
		return false
	}
	life, lives := l.lifeMS(app)

	return !lives || life < l.config.settle.Milliseconds()*2/3
}
