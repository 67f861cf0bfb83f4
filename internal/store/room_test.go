package store

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestADiskIsFullWhereNothingMoreGoesOntoIt(t *testing.T) {
	t.Parallel()
	for it, test := range map[string]struct {
		disk unix.Statfs_t
		full bool
	}{
		"has room":                       {unix.Statfs_t{Bsize: 4096, Bavail: 16, Files: 10, Ffree: 1}, false},
		"has no blocks":                  {unix.Statfs_t{Bsize: 4096, Bavail: 15, Files: 10, Ffree: 1}, true},
		"has no inodes":                  {unix.Statfs_t{Bsize: 4096, Bavail: 1 << 20, Files: 10}, true},
		"counts no inodes":               {unix.Statfs_t{Bsize: 4096, Bavail: 1 << 20}, false},
		"counts no inodes, and has none": {unix.Statfs_t{Bsize: 4096}, true},
	} {
		if got := full(test.disk); got != test.full {
			t.Errorf("a disk that %s: full() = %t, want %t", it, got, test.full)
		}
	}
}
