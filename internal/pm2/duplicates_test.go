package pm2_test

import (
	"os"
	"path/filepath"
	"testing"

	"rr/internal/pm2"
	"rr/internal/pm2test"
	"rr/internal/procfs"
)

func TestDuplicatesAreIdleDaemonsBesideTheServingOne(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		p := pm2test.Start(t, version)
		idle := p.DaemonPID()
		if found := duplicates(t, p.Home, idle); len(found) != 0 {
			t.Errorf("Duplicates of one daemon = %+v, want none", found)
		}
		for _, name := range []string{"rpc.sock", "pub.sock"} {
			must(t, os.Remove(filepath.Join(p.Home, name)))
		}
		p.Run("ping") // a daemon that cannot be reached is one more to pm2
		serving := p.DaemonPID()
		found := duplicates(t, p.Home, serving)
		if len(found) != 1 || found[0].PID != idle || found[0].Start == 0 {
			t.Errorf("Duplicates = %+v, want %d", found, idle)
		}
		for _, unknown := range []int{0, -1} {
			if found := duplicates(t, p.Home, unknown); len(found) != 0 {
				t.Errorf("Duplicates where none is known to serve = %+v, want none", found)
			}
		}
		p.StartApps(pm2test.Sleeper("api"))
		if found := duplicates(t, p.Home, idle); len(found) != 0 {
			t.Errorf("Duplicates = %+v, want none: the other daemon has an app", found)
		}
	})
}

func duplicates(t *testing.T, home string, serving int) []pm2.Duplicate {
	t.Helper()
	table, err := procfs.FS{}.Table()
	must(t, err)
	return pm2.Duplicates(table, home, serving)
}
