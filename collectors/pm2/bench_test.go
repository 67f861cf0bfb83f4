package pm2

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/pm2"
	"rr/schemas"
)

// BenchmarkProcesses makes the facts of 300 living apps with two log files
// each: what one look costs beside the list itself and the pass over /proc.
func BenchmarkProcesses(b *testing.B) {
	dir := b.TempDir()
	l := lookNow(b, schemas.PM2{})
	var pids []int
	for process := range l.table.All() {
		pids = append(pids, process.PID)
	}
	for i := range 300 {
		name := fmt.Sprintf("api-%d", i)
		out, errors := filepath.Join(dir, name+"-out.log"), filepath.Join(dir, name+"-error.log")
		for _, file := range []string{out, errors} {
			if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
				b.Fatal(err)
			}
		}
		l.apps = append(l.apps, pm2.App{
			Name: name, ID: i, PID: pids[i%len(pids)], Status: "online", OutLog: out, ErrLog: errors,
			MaxMemory: pm2.Int{N: 1 << 30, Known: true}, ExecPath: "/bin/sh", CWD: dir,
		})
	}
	c := New("local", dir, schemas.PM2{}, settle, Self{PID: os.Getpid()})
	b.ReportAllocs()
	for b.Loop() {
		l.bootMS += 5000
		l.disks = newDisks()
		if got := c.processes(l); len(got) != 300 {
			b.Fatalf("%d processes, want 300", len(got))
		}
	}
}
