package pm2

import (
	"rr/internal/pm2"
	"rr/schemas"
)

// leftovers are what daemons of this home left behind: processes that outlived
// theirs, and daemons that serve nobody.
type leftovers struct {
	daemon     int   // while which served, 0 for none
	bootMS     int64 // of the last search; 0 before the first
	orphans    []left
	duplicates []left
}

// left names a process for as long as the host is up.
type left struct {
	pid   int
	start uint64
}

// searchMS is how often leftovers are searched for while a daemon serves. It
// takes a look into the environment of every process of the host.
const searchMS = minuteMS

// into counts what is left. What was found and has ended since counts no more,
// at once; what is new is found within a minute, and at once where the daemon
// is dead or another one.
func (v *leftovers) into(d *schemas.Daemon, home string, l *look) {
	serving := l.status.State == pm2.Serving
	if !serving && l.status.State != pm2.Dead || l.elsewhere {
		*v = leftovers{}
		return
	}
	if !serving || v.bootMS == 0 || v.daemon != l.status.PID || l.bootMS-v.bootMS >= searchMS {
		v.search(home, l)
	}
	orphans := l.left(v.orphans, 0)
	d.Orphans = &orphans
	if serving {
		duplicates := l.left(v.duplicates, youthMS)
		d.Duplicates = &duplicates
	}
}

// search looks at all processes. Those of other pid namespaces are left out: a
// container may have a PM2 home of the same path.
func (v *leftovers) search(home string, l *look) {
	*v = leftovers{daemon: l.status.PID, bootMS: l.bootMS}
	for _, orphan := range pm2.Orphans(l.table, home, l.status.PID) {
		if l.outlived(orphan) && !l.table.FS().Elsewhere(orphan.PID) {
			v.orphans = append(v.orphans, left{orphan.PID, orphan.Start})
		}
	}
	for _, duplicate := range pm2.Duplicates(l.table, home, l.status.PID) {
		if !l.table.FS().Elsewhere(duplicate.PID) {
			v.duplicates = append(v.duplicates, left{duplicate.PID, duplicate.Start})
		}
	}
}

// outlived tells whether a process is older than the daemon that serves. One
// that is not was started under it, by an app that lets its helper go.
func (l *look) outlived(orphan pm2.Orphan) bool {
	daemon, found := l.table.Process(l.status.PID)

	return l.status.State != pm2.Serving || !found || orphan.Start < daemon.Start
}

// youthMS is for how long a further daemon may be one that just starts, and
// finds out that another serves.
const youthMS = 5_000

// left tells how many of what was found are left still and older than this.
func (l *look) left(found []left, olderMS int64) int {
	n := 0
	for _, f := range found {
		p, there := l.table.Process(f.pid)
		age := l.bootMS - int64(f.start)*1000/ticksPerSecond
		if there && p.Start == f.start && p.State != 'Z' && age >= olderMS {
			n++
		}
	}

	return n
}
