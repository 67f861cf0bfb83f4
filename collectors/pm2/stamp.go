package pm2

import (
	"os"
	"syscall"
	"time"
)

// stamp tells whether a file is still the one that was read.
type stamp struct {
	there    bool
	modified time.Time
	changed  time.Time // also when a program sets the time of modification back
	size     int64
	inode    uint64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	s := stamp{there: true, modified: info.ModTime(), size: info.Size()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.inode, s.changed = sys.Ino, time.Unix(sys.Ctim.Unix())
	}

	return s
}

// sureAfter is how old a change must be for the next one to show: the clock of
// a file system goes in steps.
const sureAfter = 50 * time.Millisecond

// sure tells whether a file that is written to from now on will have another
// stamp.
func (s stamp) sure() bool { return s.there && time.Since(s.changed) > sureAfter }
