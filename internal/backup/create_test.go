package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestGoodCopiesOutliveFiftyCyclesOfBrokenOnes(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		s := mustOpen(t, options)
		ctx := context.Background()
		live := tree(t, sample())
		good := mustCreate(t, s, "shop", live)
		for cycle := range 50 {
			write(t, live, ".github/workflows/ci.yml", "BROKEN "+strings.Repeat("x", cycle))
			write(t, live, "netlify/functions/hello.mjs", "BROKEN too "+strings.Repeat("y", cycle/2))
			if b := mustCreate(t, s, "shop", live); b.State != Evidence || b.Reason == "" {
				t.Fatalf("cycle %d: a broken workflow makes a backup that is %s (%q)", cycle, b.State, b.Reason)
			}
			if _, err := s.Prune(ctx, Policy{Last: 1, Evidence: 2, MaxAge: time.Second, MaxSize: 1}); err != nil {
				t.Fatal(err)
			}
		}
		for path, content := range sample() {
			here, err := os.ReadFile(filepath.Join(live, path))
			if err != nil {
				t.Fatal(err)
			}
			if string(here) == content {
				continue
			}
			b, e, err := s.PickFile(ctx, "shop", path, hashOf(here))
			if err != nil || b.ID != good.ID || e.SHA256 != hashOf([]byte(content)) {
				t.Errorf("PickFile(%s) = %s, %v, want %s", path, b.ID, err, good.ID)
			}
		}
		picked, err := s.Pick(ctx, "shop", "")
		if err != nil || picked.ID != good.ID {
			t.Fatalf("Pick = %s, %v, want %s", picked.ID, err, good.ID)
		}
		if _, err := s.Restore(ctx, mustPlan(t, s, picked.ID, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
			t.Fatal(err)
		}
		for path, content := range sample() {
			if here, _ := os.ReadFile(filepath.Join(live, path)); string(here) != content {
				t.Errorf("%s is %q after the restore, want %q", path, here, content)
			}
		}
	})
}

func TestCreateStoresOnlyWhatChanged(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		s := mustOpen(t, options)
		live := tree(t, sample())
		first := mustCreate(t, s, "shop", live)
		again, created, err := s.Create(context.Background(), "shop", selected(t, s, live), nil)
		if err != nil || created || again.ID != first.ID || !again.Touched.After(first.Touched) {
			t.Errorf("Create of the same = %s touched %s, %v, %v, want %s touched later", again.ID, again.Touched, created, err, first.ID)
		}
		if err := os.Chmod(filepath.Join(live, "pm2/dump.pm2"), 0o600); err != nil {
			t.Fatal(err)
		}
		if b := mustCreate(t, s, "shop", live); b.ID == first.ID {
			t.Error("a changed mode is not stored")
		}
		write(t, live, "pm2/dump.pm2", "[]")
		if b := mustCreate(t, s, "shop", live); b.ID == first.ID || len(mustList(t, s, "shop")) != 3 {
			t.Errorf("%d backups, want 3", len(mustList(t, s, "shop")))
		}
	})
}

func TestCreateStoresAgainWhatTheLastBackupWouldNotGive(t *testing.T) {
	recipient, identities := keys(t)
	other, _ := keys(t)
	options := Options{Recipients: []string{recipient}, Identities: identities}
	for _, row := range []struct {
		it     string
		change func(t *testing.T, s *Store, b Backup)
	}{
		{"is damaged", func(t *testing.T, s *Store, b Backup) {
			flip(t, s.path(b), 0)
			if err := s.Verify(context.Background(), b.ID); !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
		}},
		{"is gone", func(t *testing.T, s *Store, b Backup) { remove(t, s.path(b)) }},
		{"is cut short", func(t *testing.T, s *Store, b Backup) { truncate(t, s.path(b), 10) }},
		{"is for other recipients", func(_ *testing.T, s *Store, _ Backup) {
			s.options.Recipients = []string{other}
			s.recipients, _ = parseRecipients(s.options.Recipients)
		}},
		{"is encrypted and should not be", func(_ *testing.T, s *Store, _ Backup) { s.options.Encrypt = EncryptNone }},
	} {
		s := mustOpen(t, options)
		live := tree(t, sample())
		b := mustCreate(t, s, "shop", live)
		row.change(t, s, b)
		if next := mustCreate(t, s, "shop", live); next.ID == b.ID {
			t.Errorf("Create touches a backup that %s", row.it)
		}
	}
}

func TestEvidenceIsBoundedAndKeptApart(t *testing.T) {
	s := mustOpen(t, Options{Evidence: 3})
	live := tree(t, sample())
	for i := range 10 {
		write(t, live, ".github/workflows/ci.yml", "BROKEN "+strings.Repeat("x", i%6))
		b := mustCreate(t, s, "shop", live)
		if !strings.Contains(s.path(b), "/shop/evidence/") {
			t.Errorf("evidence is at %s", s.path(b))
		}
	}
	if all := mustList(t, s, "shop"); len(all) != 3 {
		t.Errorf("%d pieces of evidence are kept, want 3", len(all))
	}
	names, err := s.archives("shop")
	if err != nil || len(names) != 3 {
		t.Errorf("%q are on disk, %v, want 3", names, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	live := tree(t, map[string]string{"a": "1", "large": strings.Repeat("x", 2000)})
	if err := os.Symlink("a", filepath.Join(live, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", filepath.Join(live, "out")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(live, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := func(string) File { return File{Path: "a", Root: live, From: "a"} }
	secret := Options{Secret: func(string) bool { return true }}
	for _, row := range []struct {
		it      string
		options Options
		set     string
		files   []File
		kind    error
		tells   string
	}{
		{"no files", Options{}, "s", nil, ErrEmpty, ""},
		{"a secret that nothing encrypts", secret, "s", []File{plain("a")}, ErrSecret, `encrypt: "none"`},
		{"a link", Options{}, "s", []File{{Path: "a", Root: live, From: "link"}}, ErrRefused, "a link"},
		{"a fifo", Options{}, "s", []File{{Path: "a", From: filepath.Join(live, "fifo")}}, ErrRefused, "a fifo"},
		{"a folder", Options{}, "s", []File{{Path: "a", From: live}}, ErrRefused, "a folder"},
		{"a file too large", Options{MaxFile: 1000}, "s", []File{{Path: "a", Root: live, From: "large"}}, ErrLimit, "2000 bytes"},
		{"too much", Options{MaxTotal: 1000}, "s", []File{plain("a"), {Path: "b", Root: live, From: "large"}}, ErrLimit, "1000"},
		{"too many", Options{MaxFiles: 1}, "s", []File{plain("a"), {Path: "b", Root: live, From: "a"}}, ErrLimit, "2 files"},
		{"a name twice", Options{}, "s", []File{plain("a"), plain("a")}, errUnsorted, `"a"`},
		{"a name that is also a folder", Options{}, "s", []File{plain("a"), {Path: "a/b", Root: live, From: "a"}}, errNested, `"a"`},
		{"a file that is not there", Options{}, "s", []File{{Path: "a", Root: live, From: "no"}}, os.ErrNotExist, "no"},
	} {
		s := mustOpen(t, row.options)
		_, created, err := s.Create(context.Background(), row.set, row.files, nil)
		wantError(t, "Create of "+row.it, err, row.kind, row.tells)
		if created || len(mustList(t, s, "s")) != 0 {
			t.Errorf("Create of %s stored something", row.it)
		}
	}
	s := mustOpen(t, Options{})
	for _, files := range [][]File{
		{{Path: "../a", Root: live, From: "a"}}, {{Path: "/a", Root: live, From: "a"}}, {{Path: "a", Root: live, From: "out/passwd"}},
		{{Path: "a", Root: live, From: "../../etc/passwd"}}, {{Path: ".git/hooks/x", Root: live, From: "a"}}, {{Path: "a\x1b", Root: live, From: "a"}},
		{{Path: "a", From: "a"}}, {{Path: "a", Root: live, From: "a", Mode: os.ModeSetuid}},
	} {
		if _, _, err := s.Create(context.Background(), "s", files, nil); err == nil {
			t.Errorf("Create takes %q from %q", files[0].Path, files[0].From)
		}
	}
	for _, set := range []string{"", "..", "a/b", "replaced", "replaced/a", ".x", "a b", strings.Repeat("x", 65)} {
		if _, _, err := s.Create(context.Background(), set, []File{plain("a")}, nil); err == nil {
			t.Errorf("Create takes a set called %q", set)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, row := range []struct {
		it      string
		options Options
		tells   string
	}{
		{"age without recipients", Options{Encrypt: EncryptAge}, "no recipients"},
		{"another encryption", Options{Encrypt: "rot13"}, `"rot13"`},
		{"what is no recipient", Options{Recipients: []string{"age1x"}}, "recipient 1"},
		{"an identity as recipient", Options{Recipients: []string{"AGE-SECRET-KEY-1QQQQ"}}, "secret half"},
	} {
		_, err := Open(filepath.Join(fastDir(t), "store"), row.options)
		if err == nil || !strings.Contains(err.Error(), row.tells) || strings.Contains(err.Error(), "1QQQQ") {
			t.Errorf("Open with %s = %v, want an error that tells %q", row.it, err, row.tells)
		}
	}
}

func TestStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(fastDir(t), "store")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{Clock: newTicker().tell})
	if err != nil {
		t.Fatal(err)
	}
	live := tree(t, sample())
	mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "BROKEN")
	mustCreate(t, s, "shop", live)
	for _, line := range strings.Split(strings.TrimSpace(listing(t, dir)), "\n") {
		if mode := strings.Fields(line)[1]; !strings.HasSuffix(mode, "------") {
			t.Errorf("others may read %.80s", line)
		}
	}
}

func TestSecretsAreNotToldOutsideTheArchive(t *testing.T) {
	recipient, identities := keys(t)
	s := mustOpen(t, Options{Recipients: []string{recipient}, Identities: identities, Secret: func(string) bool { return true }})
	live := tree(t, map[string]string{"dump.pm2": "hunter2 BROKEN"})
	b, _, err := s.Create(context.Background(), "pm2", selected(t, s, live), func(_ string, content []byte) error {
		return errors.New("invalid: " + string(content))
	})
	if err != nil || b.State != Evidence || strings.Contains(asJSON(b), "hunter2") {
		t.Errorf("Create = %+v, %v", b, err)
	}
	if all := listing(t, s.dir); strings.Contains(all, "hunter2") {
		t.Errorf("the store tells the secret:\n%s", all)
	}
	write(t, live, "dump.pm2", "hunter3")
	if plan := mustPlan(t, s, b.ID, Roots{"": live}); strings.Contains(asJSON(plan), "hunter") || plan.Changes[0].Refused == "" {
		t.Errorf("the plan to restore evidence tells the secret: %s", asJSON(plan))
	}
	write(t, live, "dump.pm2", "hunter2")
	good := mustCreate(t, s, "pm2", live)
	write(t, live, "dump.pm2", "hunter3")
	if plan := mustPlan(t, s, good.ID, Roots{"": live}); strings.Contains(asJSON(plan), "hunter") || plan.Changes[0].NotShown == "" {
		t.Errorf("the plan tells the secret: %s", asJSON(plan))
	}
	drill, err := s.Drill(context.Background(), good.ID, fastDir(t), func(_ string, content []byte) error { return errors.New(string(content)) })
	if err != nil || len(drill.Problems) != 1 || strings.Contains(drill.Problems[0], "hunter") {
		t.Errorf("Drill = %+v, %v", drill, err)
	}
}

func TestWhatQuotesNothingIsToldOfSecrets(t *testing.T) {
	recipient, identities := keys(t)
	s := mustOpen(t, Options{Recipients: []string{recipient}, Identities: identities, Secret: func(string) bool { return true }})
	ctx := context.Background()
	judge := func(string, []byte) error { return fmt.Errorf("hunter2: %w", Unquoted("3:1: it names no app")) }
	live := tree(t, map[string]string{"a.config.cjs": "hunter2"})
	b, _, err := s.Create(ctx, "pm2", selected(t, s, live), judge)
	if err != nil || b.Reason != "a.config.cjs: 3:1: it names no app" {
		t.Fatalf("Create = %+v, %v", b, err)
	}
	remove(t, filepath.Join(s.folder("pm2"), indexName))
	if all := mustList(t, s, "pm2"); len(all) != 1 || all[0].Reason != b.Reason {
		t.Errorf("after the index was lost it tells %+v, want %s", all, b.Reason)
	}
	write(t, live, "a.config.cjs", "hunter3")
	if plan := mustPlan(t, s, b.ID, Roots{"": live}); !strings.HasSuffix(plan.Changes[0].Refused, "3:1: it names no app") {
		t.Errorf("the plan refuses with %q", plan.Changes[0].Refused)
	}
	if drill, err := s.Drill(ctx, b.ID, fastDir(t), judge); err != nil || len(drill.Problems) != 1 || drill.Problems[0] != b.Reason {
		t.Errorf("Drill = %+v, %v", drill, err)
	}
}

func TestContentMayComeFromAFunction(t *testing.T) {
	s := mustOpen(t, Options{})
	files := []File{{Path: "rr.db", Content: func(context.Context) ([]byte, error) { return []byte("SQLite"), nil }}}
	b, _, err := s.Create(context.Background(), "rr", files, nil)
	if err != nil || b.Files[0].Mode != 0o600 || b.Files[0].Size != 6 {
		t.Errorf("Create = %+v, %v", b, err)
	}
	files[0].Content = func(context.Context) ([]byte, error) { return nil, os.ErrPermission }
	if _, _, err := s.Create(context.Background(), "rr", files, nil); !errors.Is(err, os.ErrPermission) {
		t.Errorf("Create = %v, want what the function says", err)
	}
}

func TestOrderHoldsWhenTheClockJumpsBack(t *testing.T) {
	clock := newTicker()
	s := mustOpen(t, Options{Clock: clock.tell})
	live := tree(t, sample())
	mustCreate(t, s, "shop", live)
	clock.now = clock.now.AddDate(-1, 0, 0)
	write(t, live, "pm2/dump.pm2", "[1]")
	newer := mustCreate(t, s, "shop", live)
	if b, err := s.Pick(context.Background(), "shop", ""); err != nil || b.ID != newer.ID {
		t.Errorf("Pick = %s, %v, want %s", b.ID, err, newer.ID)
	}
	remove(t, filepath.Join(s.folder("shop"), indexName))
	if b, err := s.Pick(context.Background(), "shop", ""); err != nil || b.ID != newer.ID {
		t.Errorf("Pick after the index was lost = %s, %v, want %s", b.ID, err, newer.ID)
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func truncate(t testing.TB, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

// flip flips one bit of a file.
func flip(t testing.TB, path string, bit int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
