package procfs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// fake makes a /proc of these processes, each as pid and ppid.
func fake(t *testing.T, processes ...[2]int) FS {
	t.Helper()
	root := t.TempDir()
	for _, p := range processes {
		write(t, root, p[0], "stat", fmt.Sprintf("%d (app) S %d 1 1 0 -1 0 1 2 3 4 100 0 9 9 20 0 1 0 %d 1000 10 0\n", p[0], p[1], p[0]))
	}
	return FS{Root: root}
}

func write(t *testing.T, root string, pid int, name, content string) {
	t.Helper()
	folder := filepath.Join(root, strconv.Itoa(pid))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table(t *testing.T, fs FS) *Table {
	t.Helper()
	table, err := fs.Table()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTreeSumsUpAllDescendants(t *testing.T) {
	tab := table(t, fake(t, [2]int{1, 0}, [2]int{10, 1}, [2]int{11, 10}, [2]int{12, 10}, [2]int{13, 12}, [2]int{20, 1}))
	got, ok := tab.Tree(10)
	want := Tree{Count: 4, RSS: 40 * int64(os.Getpagesize()), CPU: 4 * time.Second}
	if !ok || got != want {
		t.Errorf("Tree(10) = %+v, %t, want %+v", got, ok, want)
	}
	below := tab.Descendants(10)
	slices.Sort(below)
	if want := []int{11, 12, 13}; !slices.Equal(below, want) {
		t.Errorf("Descendants(10) = %v, want %v", below, want)
	}
	if got, want := tab.Ancestors(13), []int{12, 10, 1}; !slices.Equal(got, want) {
		t.Errorf("Ancestors(13) = %v, want %v", got, want)
	}
	if _, ok := tab.Tree(99); ok {
		t.Error("Tree(99) found a process that is not there")
	}
}

func TestTreeEndsWhenAPidWasUsedAgainDuringTheScan(t *testing.T) {
	tab := table(t, fake(t, [2]int{10, 12}, [2]int{11, 10}, [2]int{12, 11}, [2]int{30, 30}))
	for pid, count := range map[int]int{10: 3, 12: 3, 30: 1} {
		if got, _ := tab.Tree(pid); got.Count != count {
			t.Errorf("Tree(%d).Count = %d, want %d", pid, got.Count, count)
		}
	}
	if got, want := tab.Ancestors(10), []int{12, 11}; !slices.Equal(got, want) {
		t.Errorf("Ancestors(10) = %v, want %v", got, want)
	}
}

func TestTableLeavesOutWhatVanished(t *testing.T) {
	fs := fake(t, [2]int{10, 1})
	write(t, fs.Root, 11, "cmdline", "gone before its stat was read")
	write(t, fs.Root, 12, "stat", "")
	if err := os.Mkdir(filepath.Join(fs.Root, "sys"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := table(t, fs).Len(); got != 1 {
		t.Errorf("Len() = %d, want 1", got)
	}
	if _, err := (FS{Root: filepath.Join(fs.Root, "none")}).Table(); err == nil {
		t.Error("Table() of no folder gave no error")
	}
}

func TestTableSeesThisHost(t *testing.T) {
	child := exec.Command("/bin/sleep", "60")
	child.Env = []string{"RR_TEST_ASKED=yes=1", "RR_TEST_OTHER=secret"}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { child.Process.Kill(); child.Wait() }()

	fs := FS{}
	tab := table(t, fs)
	self, ok := tab.Process(os.Getpid())
	if !ok || self.RSS <= 0 || self.Start == 0 || self.PPID != os.Getppid() {
		t.Fatalf("Process(self) = %+v, %t", self, ok)
	}
	if !slices.Contains(tab.Descendants(os.Getpid()), child.Process.Pid) {
		t.Error("the child is not among the descendants")
	}
	env, err := fs.Environ(child.Process.Pid, "RR_TEST_ASKED", "RR_TEST_UNSET")
	if err != nil || len(env) != 1 || env["RR_TEST_ASKED"] != "yes=1" {
		t.Errorf("Environ = %v, %v, want only what was asked for", env, err)
	}
	args, err := fs.Cmdline(child.Process.Pid)
	if want := []string{"/bin/sleep", "60"}; err != nil || !slices.Equal(args, want) {
		t.Errorf("Cmdline = %q, %v, want %q", args, err, want)
	}
	again, err := fs.Stat(child.Process.Pid)
	if before, _ := tab.Process(child.Process.Pid); err != nil || again.Start != before.Start {
		t.Errorf("Stat = %+v, %v, want start %d", again, err, before.Start)
	}
}

func BenchmarkTable(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		tab, err := FS{}.Table()
		if err != nil {
			b.Fatal(err)
		}
		n = tab.Len()
	}
	b.ReportMetric(float64(n), "processes")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/process")
}
