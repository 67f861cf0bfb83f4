package pm2

import (
	"os"
	"strconv"

	"rr/internal/procfs"
)

// Orphan is a process that a PM2 daemon started and that outlived it. PID and
// Start together name it for as long as the host is up.
type Orphan struct {
	PID   int
	Start uint64 // clock ticks after boot
	Name  string // of the app
	ID    int    // its pm_id in the daemon that is gone; -1 when unreadable
}

// Orphans finds what an ended daemon of this home left running: processes whose
// environment says that PM2 started them there and that stand under no living
// daemon. A new daemon does not know them and would start the same apps beside
// them. daemon is the pid of the serving daemon, 0 when there is none.
//
// Never among them: a daemon, rr itself, what rr runs under and what it
// started. Children that an app started count as well: they carry its
// environment and its ports.
func Orphans(t *procfs.Table, home string, daemon int) []Orphan {
	return orphans(t, home, daemon, os.Getpid())
}

func orphans(t *procfs.Table, home string, daemon, self int) []Orphan {
	if daemon == 1 {
		return nil // pm2-runtime as the first process of a container: all is under it, and what lost its parent too
	}
	spared := map[int]bool{self: true}
	spare := func(pids []int) {
		for _, pid := range pids {
			spared[pid] = true
		}
	}
	spare(t.Ancestors(self))
	spare(t.Descendants(self))
	for _, god := range append(GodDaemons(t, home), daemon) {
		if god <= 1 {
			continue // everything descends from 1
		}
		spare([]int{god})
		spare(t.Descendants(god))
	}
	var found []Orphan
	for p := range t.All() {
		if spared[p.PID] || p.PID <= 1 || p.State == 'Z' {
			continue
		}
		if orphan, ok := orphanOf(t.FS(), p, home); ok {
			found = append(found, orphan)
		}
	}
	return found
}

// orphanOf reads the marks that PM2 leaves in the environment of an app.
func orphanOf(proc procfs.FS, p procfs.Process, home string) (Orphan, bool) {
	env, err := proc.Environ(p.PID, "PM2_HOME", "pm_id", "name")
	if err != nil || env["PM2_HOME"] == "" || env["pm_id"] == "" || env["name"] == "" {
		return Orphan{}, false
	}
	if !sameHome(env["PM2_HOME"], home) || proc.Elsewhere(p.PID) {
		return Orphan{}, false // a container may have a home of the same path
	}
	id, err := strconv.Atoi(env["pm_id"])
	if err != nil {
		id = -1
	}
	return Orphan{PID: p.PID, Start: p.Start, Name: env["name"], ID: id}, true
}
