package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRestorePutsBackWhatThePlanShows(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		s := mustOpen(t, options)
		ctx := context.Background()
		live := tree(t, sample())
		b := mustCreate(t, s, "shop", live)
		want := listing(t, live)
		write(t, live, ".github/workflows/ci.yml", "on: push\njobs: {broken\n")
		write(t, live, "not-in-the-backup", "stays")
		remove(t, filepath.Join(live, "pm2/dump.pm2"))
		remove(t, filepath.Join(live, "pm2"))
		before := listing(t, live)

		plan := mustPlan(t, s, b.ID, Roots{"": live})
		kinds := map[string]string{}
		for _, c := range plan.Changes {
			kinds[c.Path] = c.Kind
		}
		if kinds["pm2/dump.pm2"] != Create || kinds[".github/workflows/ci.yml"] != Replace || kinds["netlify/functions/hello.mjs"] != Same {
			t.Errorf("Plan = %v", kinds)
		}
		if diff := plan.Changes[0].Diff; !strings.Contains(diff, "-jobs: {broken\n+jobs: {}\n") {
			t.Errorf("the diff is %s", diff)
		}
		dry, err := s.Restore(ctx, plan, RestoreOptions{})
		if err != nil || len(dry.Changed) != 2 || dry.Same != 1 || dry.Replaced != "" || listing(t, live) != before {
			t.Errorf("a dry run gives %+v, %v and leaves\n%s", dry, err, listing(t, live))
		}
		done, err := s.Restore(ctx, plan, RestoreOptions{Apply: true})
		if err != nil || len(done.Changed) != 2 || done.Same != 1 || done.Replaced == "" {
			t.Fatalf("Restore = %+v, %v", done, err)
		}
		remove(t, filepath.Join(live, "not-in-the-backup"))
		if got := listing(t, live); got != want {
			t.Errorf("Restore leaves\n%s\nwant\n%s", got, want)
		}

		// What was replaced is a backup like any other.
		if _, err := s.Restore(ctx, mustPlan(t, s, done.Replaced, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.ReadFile(filepath.Join(live, ".github/workflows/ci.yml")); string(now) != "on: push\njobs: {broken\n" {
			t.Errorf("what was replaced comes back as %q", now)
		}
		if all := mustList(t, s, "replaced/shop"); len(all) != 2 || all[1].State != Replaced {
			t.Errorf("%+v is kept of what was replaced", all)
		}
	})
}

func TestRestoreTakesEachFileToItsRoot(t *testing.T) {
	s := mustOpen(t, Options{})
	b := mustCreate(t, s, "shop", tree(t, sample()))
	app, home := tree(t, nil), tree(t, nil)
	plan := mustPlan(t, s, b.ID, Roots{"": app, "pm2": home})
	if _, err := s.Restore(context.Background(), plan, RestoreOptions{Apply: true}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(home, "dump.pm2"), filepath.Join(app, ".github/workflows/ci.yml")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Plan(context.Background(), b.ID, Roots{"pm2": home}, nil); !errors.Is(err, ErrRefused) {
		t.Errorf("Plan without a root = %v, want %v", err, ErrRefused)
	}
	only, err := s.Plan(context.Background(), b.ID, Roots{"pm2": home}, func(path string) bool { return path == "pm2/dump.pm2" })
	if err != nil || len(only.Changes) != 1 || only.Changes[0].Kind != Same {
		t.Errorf("Plan of one file = %+v, %v", only.Changes, err)
	}
}

func TestRestoreKeepsModes(t *testing.T) {
	s := mustOpen(t, Options{})
	live := tree(t, map[string]string{"run.sh": "#!/bin/sh\n"})
	path := filepath.Join(live, "run.sh")
	if err := os.Chmod(path, 0o750); err != nil {
		t.Fatal(err)
	}
	b := mustCreate(t, s, "shop", live)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(context.Background(), mustPlan(t, s, b.ID, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o750 {
		t.Errorf("the mode is %v, %v, want 0750", info.Mode(), err)
	}
}

func TestRestoreRefusesWhatIsThere(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "outside", "sub/x": "outside"})
	for _, row := range []struct {
		it    string
		lay   func(live string) error
		tells string
	}{
		{"a link to a file outside", func(live string) error { return os.Symlink(outside+"/secret", live+"/dir/file") }, "a link"},
		{"a link to a file inside", func(live string) error { return os.Symlink("../other", live+"/dir/file") }, "a link"},
		{"a dangling link", func(live string) error { return os.Symlink("nowhere", live+"/dir/file") }, "a link"},
		{"a folder that is a link outside", func(live string) error {
			return errors.Join(os.Remove(live+"/dir"), os.Symlink(outside+"/sub", live+"/dir"))
		}, "a link"},
		{"a folder that is a link inside", func(live string) error {
			return errors.Join(os.Remove(live+"/dir"), os.Mkdir(live+"/real", 0o755), os.Symlink("real", live+"/dir"))
		}, "a link"},
		{"a folder that is a file", func(live string) error {
			return errors.Join(os.Remove(live+"/dir"), os.WriteFile(live+"/dir", nil, 0o644))
		}, "not a folder"},
		{"a file that is a folder", func(live string) error { return os.Mkdir(live+"/dir/file", 0o755) }, "a folder"},
		{"a fifo", func(live string) error { return syscall.Mkfifo(live+"/dir/file", 0o644) }, "a fifo"},
		{"a file too large to keep", func(live string) error {
			return errors.Join(os.WriteFile(live+"/dir/file", nil, 0o644), os.Truncate(live+"/dir/file", 1001))
		}, "more than can be kept"},
	} {
		s := mustOpen(t, Options{MaxFile: 1000})
		ctx := context.Background()
		b := mustCreate(t, s, "shop", tree(t, map[string]string{"dir/file": "1", "other": "2"}))
		live := tree(t, map[string]string{"other": "changed"})
		if err := errors.Join(os.Mkdir(live+"/dir", 0o755), row.lay(live)); err != nil {
			t.Fatal(err)
		}
		if row.tells != "more than can be kept" {
			wantError(t, "Placeable over "+row.it, Placeable(live, "dir/file"), ErrRefused, row.tells)
		}
		if err := Placeable(live, "other"); err != nil {
			t.Errorf("Placeable beside %s = %v", row.it, err)
		}
		before := listing(t, live)
		plan := mustPlan(t, s, b.ID, Roots{"": live})
		if refused := plan.Refused(); len(refused) != 1 || !strings.Contains(refused[0].Refused, row.tells) {
			t.Errorf("over %s: Plan refuses %+v, want one that tells %q", row.it, refused, row.tells)
		}
		for i := range plan.Changes {
			plan.Changes[i].Refused = "" // it is looked at again
		}
		_, err := s.Restore(ctx, plan, RestoreOptions{Apply: true})
		wantError(t, "Restore over "+row.it, err, ErrRefused, row.tells)
		if got := listing(t, live); got != before {
			t.Errorf("Restore over %s leaves\n%s\nwant\n%s", row.it, got, before)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(outside, "secret")); string(got) != "outside" {
		t.Errorf("a file outside is %q", got)
	}
}

func TestRestoreRefusesFilesOfOthers(t *testing.T) {
	s := mustOpen(t, Options{})
	ctx := context.Background()
	b := mustCreate(t, s, "shop", tree(t, map[string]string{"file": "1"}))
	live := tree(t, map[string]string{"file": "2"})

	s.uid = 12345 // as if rr ran as another user than whose folder it is
	_, err := s.Plan(ctx, b.ID, Roots{"": live}, nil)
	wantError(t, "Plan into the folder of another", err, ErrRefused, "rr runs as 12345")
	s.uid = os.Geteuid()

	if s.uid != 0 {
		t.Log("not run as root: the files of others inside a folder are not tried")
		return
	}
	if err := os.Chown(filepath.Join(live, "file"), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	plan := mustPlan(t, s, b.ID, Roots{"": live})
	if refused := plan.Refused(); len(refused) != 1 || !strings.Contains(refused[0].Refused, "belongs to user 12345") {
		t.Errorf("Plan refuses %+v", refused)
	}
	wantError(t, "Placeable over the file of another", Placeable(live, "file"), ErrRefused, "belongs to user 12345")
	wantError(t, "Placeable over nothing", Placeable(live, "none"), os.ErrNotExist, "none")
	wantError(t, "Placeable into a repository's insides", Placeable(live, ".git/config"), ErrRefused, ".git")
	if err := os.Chown(live, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(ctx, mustPlan(t, s, b.ID, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(live, "file")); err != nil || owner(info) != 12345 {
		t.Errorf("restored by root, the file belongs to %d, %v, want 12345", owner(info), err)
	}
}

func TestRestoreRefusesAnOvertakenPlan(t *testing.T) {
	for _, row := range []struct {
		it     string
		change func(live string) error
	}{
		{"content", func(live string) error { return os.WriteFile(live+"/a", []byte("somebody's work"), 0o644) }},
		{"mode", func(live string) error { return os.Chmod(live+"/a", 0o600) }},
		{"absence", func(live string) error { return os.Remove(live + "/a") }},
		{"presence", func(live string) error { return os.WriteFile(live+"/b", []byte("B"), 0o644) }},
		{"a file that was the same", func(live string) error { return os.WriteFile(live+"/c", []byte("other"), 0o644) }},
	} {
		s := mustOpen(t, Options{})
		b := mustCreate(t, s, "shop", tree(t, map[string]string{"a": "1", "b": "2", "c": "3"}))
		live := tree(t, map[string]string{"a": "old", "c": "3"})
		plan := mustPlan(t, s, b.ID, Roots{"": live})
		if err := row.change(live); err != nil {
			t.Fatal(err)
		}
		before := listing(t, live)
		_, err := s.Restore(context.Background(), plan, RestoreOptions{Apply: true})
		wantError(t, "Restore after another "+row.it, err, ErrChanged, "")
		if got := listing(t, live); got != before {
			t.Errorf("Restore after another %s leaves\n%s\nwant\n%s", row.it, got, before)
		}
	}
}

// TestRestoreNeverUndoesWorkDoneMeanwhile changes a file at each step of a
// restore: what somebody wrote is either left or kept.
func TestRestoreNeverUndoesWorkDoneMeanwhile(t *testing.T) {
	for _, at := range []string{"restore staging", "restore staged", "restore kept"} {
		s := mustOpen(t, Options{})
		b := mustCreate(t, s, "shop", tree(t, map[string]string{"a": "1"}))
		live := tree(t, map[string]string{"a": "old"})
		plan := mustPlan(t, s, b.ID, Roots{"": live})
		s.options.Failpoint = func(step string) {
			if step == at {
				write(t, live, "a", "somebody's work")
			}
		}
		_, err := s.Restore(context.Background(), plan, RestoreOptions{Apply: true})
		wantError(t, "Restore overtaken at "+at, err, ErrChanged, "")
		if now, _ := os.ReadFile(filepath.Join(live, "a")); string(now) != "somebody's work" {
			t.Errorf("overtaken at %s, the file is %q", at, now)
		}
	}
}

func TestRestoreDoesNotRestoreWhatWasNotValid(t *testing.T) {
	s := mustOpen(t, Options{})
	ctx := context.Background()
	live := tree(t, map[string]string{"a": "BROKEN", "b": "valid"})
	evidence := mustCreate(t, s, "shop", live)
	write(t, live, "a", "1")
	write(t, live, "b", "BROKEN")
	_, err := s.Restore(ctx, mustPlan(t, s, evidence.ID, Roots{"": live}), RestoreOptions{Apply: true})
	wantError(t, "Restore of evidence", err, ErrRefused, "not valid")

	b, _, err := s.PickFile(ctx, "shop", "b", hashOf([]byte("BROKEN")))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan(ctx, b.ID, Roots{"": live}, func(path string) bool { return path == "b" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(ctx, plan, RestoreOptions{Apply: true}); err != nil {
		t.Fatal(err)
	}
	if a, _ := os.ReadFile(live + "/a"); string(a) != "1" {
		t.Errorf("a is %q, want it left alone", a)
	}
	if b, _ := os.ReadFile(live + "/b"); string(b) != "valid" {
		t.Errorf("b is %q, want the valid one", b)
	}
}

func TestRestoreRefusesFoldersThatAreNotThere(t *testing.T) {
	s := mustOpen(t, Options{})
	b := mustCreate(t, s, "shop", tree(t, sample()))
	_, err := s.Plan(context.Background(), b.ID, Roots{"": filepath.Join(t.TempDir(), "no")}, nil)
	wantError(t, "Plan", err, ErrRefused, "mount it")
	_, err = s.Plan(context.Background(), b.ID, Roots{"": "relative"}, nil)
	wantError(t, "Plan", err, ErrRefused, "not absolute")
	_, err = s.Plan(context.Background(), "shop/20260101T000000.000Z-0123456789abcdef", Roots{"": t.TempDir()}, nil)
	wantError(t, "Plan", err, ErrNone, "")
	_, err = s.Plan(context.Background(), "../../etc/passwd", Roots{"": t.TempDir()}, nil)
	wantError(t, "Plan", err, ErrNone, "")
}

func TestDiffsAreOfSmallPlainTexts(t *testing.T) {
	for _, row := range []struct{ it, was, now, notShown string }{
		{"text", "old\n", "new\n", ""},
		{"escapes", "old\n", "\x1b[2Jnew\n", "not text"},
		{"bytes", "old\n", "\xff\xfe", "not text"},
		{"large files", "old\n", strings.Repeat("x", maxDiff+1), "large"},
	} {
		s := mustOpen(t, Options{})
		b := mustCreate(t, s, "shop", tree(t, map[string]string{"a": row.now}))
		c := mustPlan(t, s, b.ID, Roots{"": tree(t, map[string]string{"a": row.was})}).Changes[0]
		if (c.Diff == "") == (row.notShown == "") || !strings.Contains(c.NotShown, row.notShown) {
			t.Errorf("of %s the plan shows %q (%s)", row.it, c.Diff, c.NotShown)
		}
	}
}

func TestRestoreClearsWhatACrashLeft(t *testing.T) {
	s := mustOpen(t, Options{})
	b := mustCreate(t, s, "shop", tree(t, map[string]string{"a": "1"}))
	live := tree(t, map[string]string{"a": "2", ".rr-restore-0123/0": "left"})
	if _, err := s.Restore(context.Background(), mustPlan(t, s, b.ID, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, live); strings.Contains(got, stagePrefix) {
		t.Errorf("there is still\n%s", got)
	}
}

func TestDrill(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		s := mustOpen(t, options)
		ctx := context.Background()
		b := mustCreate(t, s, "shop", tree(t, sample()))
		scratch := filepath.Join(fastDir(t), "scratch")
		drill, err := s.Drill(ctx, b.ID, scratch, broken)
		if err != nil || drill.Files != 3 || drill.Bytes == 0 || drill.Took <= 0 || len(drill.Problems) != 0 {
			t.Errorf("Drill = %+v, %v", drill, err)
		}
		after, err := s.Get(ctx, b.ID)
		if err != nil || !after.DrilledAt.After(b.Created) || after.RestoreMS < 1 || !after.VerifiedAt.After(b.VerifiedAt) {
			t.Errorf("the drill is remembered as %+v, %v", after, err)
		}
		drill, err = s.Drill(ctx, b.ID, scratch, func(path string, _ []byte) error {
			if path == "pm2/dump.pm2" {
				return errors.New("it would not start")
			}
			return nil
		})
		if err != nil || len(drill.Problems) != 1 || !strings.Contains(drill.Problems[0], "pm2/dump.pm2: it would not start") {
			t.Errorf("Drill = %+v, %v, want the problem", drill, err)
		}
		if again, _ := s.Get(ctx, b.ID); !again.DrilledAt.Equal(after.DrilledAt) {
			t.Error("a drill with problems counts as done")
		}
		write(t, scratch, ".rr-restore-0123/0", "left by a crash")
		if _, err := s.Drill(ctx, b.ID, scratch, broken); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(scratch); err != nil || len(entries) != 0 {
			t.Errorf("the drill leaves %v, %v", entries, err)
		}
	})
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	s := mustOpen(t, Options{})
	unlock, err := s.lock(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, _, err = s.Create(ctx, "shop", []File{{Path: "a", Content: func(context.Context) ([]byte, error) { return nil, nil }}}, nil)
	wantError(t, "Create", err, context.DeadlineExceeded, "another writes")
}
