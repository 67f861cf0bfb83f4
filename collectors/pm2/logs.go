package pm2

import (
	"path/filepath"

	"golang.org/x/sys/unix"

	"rr/internal/pm2"
	"rr/schemas"
)

// disks looks at log files and at what they are on, each once in a look:
// instances share their logs, and apps their disk.
type disks struct {
	files  map[string]logFile
	byDev  map[uint64]disk
	folder map[string]uint64 // the disk of a folder
}

// logFile is a log as it is now.
type logFile struct {
	there    bool
	size     int64
	dev, ino uint64
}

// logSize is a log as it was at an earlier look.
type logSize struct {
	bootMS int64
	size   int64
	ino    uint64
}

// disk is how much room an ordinary user has, and where it is mounted.
type disk struct {
	known bool
	free  int64 // bytes
	pct   int64
	mount string
}

// leastRoom is what a start needs: PM2 opens the logs and writes to them.
const leastRoom = 1 << 20

func (d disk) full() bool { return d.free < leastRoom }

func newDisks() *disks {
	return &disks{files: map[string]logFile{}, byDev: map[uint64]disk{}, folder: map[string]uint64{}}
}

// file looks at a plain file; anything else, as /dev/null, is not there.
func (d *disks) file(path string) logFile {
	if f, seen := d.files[path]; seen {
		return f
	}
	var f logFile
	var info unix.Stat_t
	if filepath.IsAbs(path) && unix.Stat(path, &info) == nil && info.Mode&unix.S_IFMT == unix.S_IFREG {
		f = logFile{there: true, size: info.Size, dev: info.Dev, ino: info.Ino}
		d.see(info.Dev, path)
	}
	d.files[path] = f

	return f
}

// of is the disk of a log, or of the folder in which it is to be.
func (d *disks) of(path string) (disk, bool) {
	if !filepath.IsAbs(path) || filepath.Dir(path) == "/dev" {
		return disk{}, false
	}
	if f := d.file(path); f.there {
		return d.byDev[f.dev], d.byDev[f.dev].known
	}
	folder := filepath.Dir(path)
	dev, seen := d.folder[folder]
	if !seen {
		var info unix.Stat_t
		if unix.Stat(folder, &info) != nil {
			return disk{}, false
		}
		dev = info.Dev
		d.folder[folder] = dev
		d.see(dev, folder)
	}

	return d.byDev[dev], d.byDev[dev].known
}

// sizes are what the next look compares with.
func (d *disks) sizes(bootMS int64) map[string]logSize {
	sizes := make(map[string]logSize, len(d.files))
	for path, f := range d.files {
		if f.there {
			sizes[path] = logSize{bootMS: bootMS, size: f.size, ino: f.ino}
		}
	}

	return sizes
}

// see looks at a disk once.
func (d *disks) see(dev uint64, path string) {
	if _, seen := d.byDev[dev]; seen {
		return
	}
	var info unix.Statfs_t
	if unix.Statfs(path, &info) != nil {
		d.byDev[dev] = disk{}
		return
	}
	now := diskOf(info)
	now.mount = mountOf(path, dev)
	d.byDev[dev] = now
}

// mountOf is the topmost folder above a path that is on the same disk: one name
// for a disk, whichever of its files is looked at.
func mountOf(path string, dev uint64) string {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	var info unix.Stat_t
	for path != "/" && unix.Stat(filepath.Dir(path), &info) == nil && info.Dev == dev {
		path = filepath.Dir(path)
	}

	return path
}

// diskOf counts as df does: what is kept for root is neither used nor free.
func diskOf(info unix.Statfs_t) disk {
	room := info.Blocks - info.Bfree + info.Bavail
	if room == 0 || info.Bfree > info.Blocks {
		return disk{}
	}

	return disk{known: true, free: int64(info.Bavail) * info.Frsize, pct: int64(info.Bavail * 100 / room)}
}

// measureLogs tells how large the logs of a process are, how fast they grow and
// how much room they have. The paths of another container are not ours.
func (c *Collector) measureLogs(app pm2.App, l *look, p *schemas.Process) {
	if l.elsewhere {
		return
	}
	out, errors := l.disks.file(app.OutLog), l.disks.file(app.ErrLog)
	paths := []string{app.OutLog}
	if errors.dev != out.dev || errors.ino != out.ino {
		paths = append(paths, app.ErrLog)
	}
	var size, growth int64
	grown := false
	for _, path := range paths {
		now := l.disks.file(path)
		if !now.there {
			continue
		}
		size += now.size
		p.LogBytes = &size
		if perMinute, known := c.logs[path].growth(now, l.bootMS); known {
			growth, grown = growth+perMinute, true
		}
	}
	if grown {
		p.LogGrowthBytesM = &growth
	}
	c.measureDisk(app, l, p)
}

// measureDisk takes the fuller disk where the logs of a process are on two.
func (c *Collector) measureDisk(app pm2.App, l *look, p *schemas.Process) {
	for _, path := range []string{app.OutLog, app.ErrLog} {
		if disk, known := l.disks.of(path); known && (p.DiskFreePct == nil || disk.pct < *p.DiskFreePct) {
			p.DiskFreePct, p.LogDisk = &disk.pct, disk.mount
		}
	}
}

// growth is what a log grew by in a minute. One that was emptied or replaced
// has grown by all that it holds.
func (s logSize) growth(now logFile, bootMS int64) (perMinute int64, known bool) {
	passed := bootMS - s.bootMS
	if s.bootMS == 0 || passed <= 0 {
		return 0, false
	}
	more := now.size - s.size
	if more < 0 || now.ino != s.ino {
		more = now.size
	}

	return more * minuteMS / passed, true
}
