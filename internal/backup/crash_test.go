package backup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary runs itself as a process of its own where childEnv names an
// operation. failEnv is the step at which it kills itself, sizeEnv how large the
// kernel lets a file grow.
const (
	childEnv = "RR_BACKUP_TEST_CHILD"
	failEnv  = "RR_BACKUP_TEST_FAIL"
	sizeEnv  = "RR_BACKUP_TEST_SIZE"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := runChild(name, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(name, dir string) error {
	at, _ := strconv.Atoi(os.Getenv(failEnv))
	steps := 0
	options := sceneOptions()
	options.Failpoint = func(string) {
		if steps++; steps == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	s, err := Open(filepath.Join(dir, "store"), options)
	if err != nil {
		return err
	}
	if size, err := strconv.ParseUint(os.Getenv(sizeEnv), 10, 63); err == nil {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: size}); err != nil {
			return err
		}
	}

	return operations()[name](context.Background(), s, dir)
}

func sceneOptions() Options { return Options{Evidence: 1} }

// operations are what is interrupted. Each can be done again after it was.
func operations() map[string]func(context.Context, *Store, string) error {
	return map[string]func(context.Context, *Store, string) error{
		"create": func(ctx context.Context, s *Store, dir string) error {
			_, _, err := s.Create(ctx, "shop", contents(latest()), broken)
			if err != nil {
				return err
			}
			worse := latest()
			worse["a.yml"] = "BROKEN again" // and the evidence there is makes room
			_, _, err = s.Create(ctx, "shop", contents(worse), broken)

			return err
		},
		"prune": func(ctx context.Context, s *Store, _ string) error {
			_, err := s.Prune(ctx, Policy{Last: 1})

			return err
		},
		"restore": func(ctx context.Context, s *Store, dir string) error {
			b, err := s.Pick(ctx, "shop", "")
			if err != nil {
				return err
			}
			plan, err := s.Plan(ctx, b.ID, Roots{"": filepath.Join(dir, "live")}, nil)
			if err != nil {
				return err
			}
			_, err = s.Restore(ctx, plan, RestoreOptions{Apply: true})

			return err
		},
	}
}

func contents(files map[string]string) (all []File) {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		all = append(all, File{Path: path, Mode: 0o644, Content: func(context.Context) ([]byte, error) { return []byte(files[path]), nil }})
	}

	return all
}

// The three versions of the files of a scene.
func oldest() map[string]string {
	return map[string]string{"a.yml": "1", "b.js": "1", "sub/c": strings.Repeat("1\n", 3000)}
}

func good() map[string]string {
	return map[string]string{"a.yml": "2", "b.js": "2", "sub/c": strings.Repeat("2\n", 3000)}
}

func latest() map[string]string {
	return map[string]string{"a.yml": "3", "b.js": "3", "sub/c": strings.Repeat("3\n", 3000)}
}

// inPlace is what is there when an operation begins.
func inPlace() map[string]string {
	return map[string]string{"a.yml": "BROKEN", "sub/c": strings.Repeat("old\n", 2000)}
}

// scene is a store with two good backups and evidence, and the files in place.
func scene(t *testing.T, dir string) {
	t.Helper()
	s, err := Open(filepath.Join(dir, "store"), sceneOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range []map[string]string{oldest(), {"a.yml": "BROKEN"}, good()} {
		if _, _, err := s.Create(context.Background(), "shop", contents(files), broken); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range inPlace() {
		write(t, filepath.Join(dir, "live"), path, content)
	}
}

// whole holds that each file in place is an old or a restored one, and that the
// last good backup can be read to its end.
func whole(t *testing.T, what, dir string) {
	t.Helper()
	for path, content := range good() {
		now, err := os.ReadFile(filepath.Join(dir, "live", path))
		was, had := inPlace()[path]
		if string(now) != content && (!had && !errors.Is(err, os.ErrNotExist) || had && string(now) != was) {
			t.Fatalf("%s: %s is %.40q, %v", what, path, now, err)
		}
	}
	s, err := newStore(filepath.Join(dir, "store"), sceneOptions())
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.readIndex("shop")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	last := x.newest(func(b Backup) bool { return b.State == Good && b.Damaged == "" })
	if last == nil || last.Content != contentOf(good()) && last.Content != contentOf(latest()) {
		t.Fatalf("%s: the last good backup is %+v", what, last)
	}
	if _, err := s.read(context.Background(), *last, nil); err != nil {
		t.Fatalf("%s: the last good backup: %v", what, err)
	}
}

func contentOf(files map[string]string) string {
	var entries []Entry
	for _, path := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, Entry{Path: path, SHA256: hashOf([]byte(files[path])), Mode: 0o644})
	}

	return contentHash(entries)
}

// recovers holds that after an interruption all is cleared up and the operation
// can be done.
func recovers(t *testing.T, what, name, dir string) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(filepath.Join(dir, "store"), sceneOptions())
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := s.Reconcile(ctx); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	tidy(t, what, s)
	if err := operations()[name](ctx, s, dir); err != nil {
		t.Fatalf("%s: again: %v", what, err)
	}
	tidy(t, what+", done again", s)
	whole(t, what+", done again", dir)
	if live := listing(t, filepath.Join(dir, "live")); strings.Contains(live, stagePrefix) && name == "restore" {
		t.Errorf("%s: the restore left\n%s", what, live)
	}
	switch all := mustList(t, s, "shop"); {
	case name == "prune" && len(all) != 1 && len(all) != 2:
		t.Errorf("%s: %d backups are left, want the last good one and newer evidence", what, len(all))
	case name == "create" && (len(all) < 4 || all[len(all)-1].State != Evidence):
		t.Errorf("%s: there are %s", what, idsOf(all))
	}
	if name == "restore" {
		for path, content := range good() {
			if now, _ := os.ReadFile(filepath.Join(dir, "live", path)); string(now) != content {
				t.Errorf("%s: done again, %s is %.40q", what, path, now)
			}
		}
	}
}

// tidy holds that index and archives fit together, and that all are whole.
func tidy(t *testing.T, what string, s *Store) {
	t.Helper()
	sets, err := s.allSets()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		names, err := s.archives(set)
		if err != nil {
			t.Fatal(err)
		}
		all := mustList(t, s, set)
		if len(all) != len(names) {
			t.Errorf("%s: %s has %d backups and %q", what, set, len(all), names)
		}
		for _, b := range all {
			if _, err := s.read(context.Background(), b, nil); err != nil || b.Damaged != "" {
				t.Errorf("%s: %s: %v %s", what, b.ID, err, b.Damaged)
			}
		}
	}
	if all := listing(t, s.dir); strings.Contains(all, tmpPrefix) || strings.Contains(all, damagedSuffix) {
		t.Errorf("%s: there is debris:\n%.2000s", what, all)
	}
}

func TestKillAtAnyStepLosesNothing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(operations())) {
		t.Run(name, func(t *testing.T) {
			step := 1
			for ; step < 100; step++ {
				dir := fastDir(t)
				scene(t, dir)
				out, err := operate(name, dir, failEnv, step)
				what := fmt.Sprintf("%s, killed at step %d", name, step)
				if err == nil {
					break
				}
				if status, ok := err.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
					t.Fatalf("%s: %v: %s", what, err, out)
				}
				whole(t, what, dir)
				recovers(t, what, name, dir)
			}
			if step < 5 {
				t.Errorf("%s has %d steps, want more", name, step-1)
			}
			t.Logf("%d steps", step-1)
		})
	}
}

// operate runs an operation in a process of its own.
func operate(name, dir, key string, value int) (out []byte, failed *exec.ExitError) {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childEnv+"="+name, key+"="+strconv.Itoa(value))
	out, err := cmd.CombinedOutput()
	_ = errors.As(err, &failed)

	return out, failed
}

// TestFilesThatMayNotGrowLoseNothing is the full disk that any machine has: the
// kernel lets no file grow above a size, at any of the bytes that are written.
func TestFilesThatMayNotGrowLoseNothing(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(operations())) {
		t.Run(name, func(t *testing.T) {
			failed := 0
			for size := 0; size < 9000; size += 230 {
				dir := fastDir(t)
				scene(t, dir)
				what := fmt.Sprintf("%s, with files of at most %d bytes", name, size)
				out, err := operate(name, dir, sizeEnv, size)
				if err != nil {
					failed++
					if !strings.Contains(string(out), "file too large") {
						t.Fatalf("%s: %v: %s", what, err, out)
					}
				}
				whole(t, what, dir)
				recovers(t, what, name, dir)
			}
			if failed < 3 {
				t.Errorf("only %d sizes were too small", failed)
			}
			t.Logf("%d sizes were too small", failed)
		})
	}
}

// TestFullDiskLosesNothing leaves an operation so many pages, or so many files,
// and one more each time until it goes through.
func TestFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Logf("no tmpfs here (%v): TestFilesThatMayNotGrowLoseNothing stands for it", err)
		return
	}
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(operations())) {
		for _, of := range []string{"pages", "files"} {
			t.Run(name+"/"+of, func(t *testing.T) {
				left := 0
				for ; left < 100; left++ {
					if fullDisk(t, name, of, left) {
						break
					}
				}
				if name != "prune" && left < 3 {
					t.Errorf("%s needs only %d %s", name, left, of)
				}
				if name == "prune" && left != 0 {
					t.Errorf("prune does not make room on a full disk, but with %d %s left", left, of)
				}
				t.Logf("%s needs %d %s", name, left, of)
			})
		}
	}
}

// fullDisk does an operation on a disk that has only so much left, and says
// whether it succeeded.
func fullDisk(t *testing.T, name, of string, left int) (succeeded bool) {
	t.Helper()
	ctx := context.Background()
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=4m,nr_inodes=300"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	dir := filepath.Join(disk, "scene")
	scene(t, dir)
	s, err := Open(filepath.Join(dir, "store"), sceneOptions())
	if err != nil {
		t.Fatal(err)
	}
	before := mustList(t, s, "shop")
	release := fill(t, disk, of, left)
	what := fmt.Sprintf("%s, with %d %s left", name, left, of)
	failed := operations()[name](ctx, s, dir)
	if failed != nil && !full(failed) {
		t.Errorf("%s: %v, want %v", what, failed, unix.ENOSPC)
	}
	whole(t, what, dir)
	if b, err := s.Pick(ctx, "shop", ""); err != nil || name == "restore" && b.ID != before[2].ID {
		t.Errorf("%s: Pick = %s, %v", what, b.ID, err)
	}
	release()
	recovers(t, what, name, dir)

	return failed == nil
}

// fill leaves a disk so many free pages or files.
func fill(t *testing.T, disk, of string, left int) (release func()) {
	t.Helper()
	filler := filepath.Join(disk, "filler")
	if err := os.Mkdir(filler, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		f, err := os.Create(filepath.Join(filler, strconv.Itoa(i)))
		if full(err) {
			break
		}
		if err == nil && of == "pages" {
			_, err = f.Write(make([]byte, os.Getpagesize()))
			if full(err) { // all pages are taken, and enough files are left
				f.Close()
				remove(t, f.Name())
				break
			}
			if i > 100 {
				_, err = f.Write(make([]byte, 15*os.Getpagesize()))
				if full(err) {
					err = f.Truncate(int64(os.Getpagesize()))
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	for i := range left {
		remove(t, filepath.Join(filler, strconv.Itoa(i)))
	}

	return func() {
		if err := os.RemoveAll(filler); err != nil {
			t.Fatal(err)
		}
	}
}
