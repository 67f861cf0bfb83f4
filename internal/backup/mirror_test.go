package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMirrorKeepsVerifiedCopies(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		s := mustOpen(t, options)
		ctx := context.Background()
		live := tree(t, sample())
		first := mustCreate(t, s, "shop", live)
		write(t, live, "pm2/dump.pm2", "BROKEN")
		mustCreate(t, s, "shop", live)
		write(t, live, "pm2/dump.pm2", "[2]")
		second := mustCreate(t, s, "shop", live)
		dir := filepath.Join(fastDir(t), "mirror")
		if err := s.InitMirror(dir); err != nil {
			t.Fatal(err)
		}
		done, err := s.Mirror(ctx, dir, Policy{})
		if err != nil || strings.Join(done.Copied, " ") != first.ID+" "+second.ID || done.Kept != 2 {
			t.Fatalf("Mirror = %+v, %v", done, err)
		}
		if done, err := s.Mirror(ctx, dir, Policy{}); err != nil || len(done.Copied) != 0 {
			t.Errorf("Mirror with nothing to do = %+v, %v", done, err)
		}
		other, err := s.OpenMirror(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{first.ID, second.ID} {
			if err := other.Verify(ctx, id); err != nil {
				t.Error(err)
			}
		}
		if index := listing(t, dir); first.Encrypted == strings.Contains(index, "dump.pm2") {
			t.Errorf("the mirror of encrypted (%v) backups tells\n%s", first.Encrypted, index)
		}

		// The copy outlives the store, and repairs itself from it.
		flip(t, other.path(second), 77)
		if err := other.Verify(ctx, second.ID); !errors.Is(err, ErrDamaged) {
			t.Errorf("Verify of a damaged copy = %v", err)
		}
		if done, err := s.Mirror(ctx, dir, Policy{}); err != nil || len(done.Copied) != 1 {
			t.Errorf("Mirror over a damaged copy = %+v, %v", done, err)
		}
		if err := other.Verify(ctx, second.ID); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(s.dir); err != nil {
			t.Fatal(err)
		}
		alone, err := Open(dir, options)
		if err != nil {
			t.Fatal(err)
		}
		b, e, err := alone.PickFile(ctx, "shop", "pm2/dump.pm2", hashOf([]byte("[2]")))
		if err != nil || b.ID != first.ID || e.Size == 0 {
			t.Fatalf("PickFile = %s, %v, want %s", b.ID, err, first.ID)
		}
		if _, err := alone.Restore(ctx, mustPlan(t, alone, b.ID, Roots{"": live}), RestoreOptions{Apply: true}); err != nil {
			t.Error(err)
		}
		if now, _ := os.ReadFile(filepath.Join(live, "pm2/dump.pm2")); string(now) != sample()["pm2/dump.pm2"] {
			t.Errorf("from the mirror comes %q", now)
		}
	})
}

func TestMirrorKeepsWhatTheStoreLost(t *testing.T) {
	s := mustOpen(t, Options{})
	ctx := context.Background()
	live := tree(t, sample())
	first := mustCreate(t, s, "shop", live)
	dir := filepath.Join(fastDir(t), "mirror")
	if err := s.InitMirror(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Mirror(ctx, dir, Policy{Last: 2}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(s.folder("shop")); err != nil {
		t.Fatal(err)
	}
	done, err := s.Mirror(ctx, dir, Policy{Last: 2})
	if err != nil || done.Kept != 1 || len(done.Removed) != 0 {
		t.Errorf("Mirror of an empty store = %+v, %v, want %s kept", done, err, first.ID)
	}
	for i := range 3 {
		write(t, live, "pm2/dump.pm2", strings.Repeat("x", i))
		mustCreate(t, s, "shop", live)
	}
	done, err = s.Mirror(ctx, dir, Policy{Last: 2})
	if err != nil || done.Kept != 2 || len(done.Copied) != 2 {
		t.Errorf("Mirror = %+v, %v, want the last two", done, err)
	}
	if done, err := s.Mirror(ctx, dir, Policy{Last: 2}); err != nil || len(done.Copied)+len(done.Removed) != 0 {
		t.Errorf("Mirror again = %+v, %v, want nothing to do", done, err)
	}
}

func TestMirrorCopiesNothingDamaged(t *testing.T) {
	s := mustOpen(t, Options{})
	ctx := context.Background()
	b := mustCreate(t, s, "shop", tree(t, sample()))
	dir := filepath.Join(fastDir(t), "mirror")
	if err := s.InitMirror(dir); err != nil {
		t.Fatal(err)
	}
	flip(t, s.path(b), 1234) // and nothing has noticed yet
	if done, err := s.Mirror(ctx, dir, Policy{}); !errors.Is(err, ErrDamaged) || len(done.Copied) != 0 {
		t.Errorf("Mirror = %+v, %v, want %v", done, err, ErrDamaged)
	}
	if got := listing(t, dir); strings.Contains(got, plainSuffix) {
		t.Errorf("the mirror has\n%s", got)
	}
}

func TestMirrorGoesOnlyWhereItBelongs(t *testing.T) {
	s, another := mustOpen(t, Options{}), mustOpen(t, Options{})
	ctx := context.Background()
	mustCreate(t, s, "shop", tree(t, sample()))
	of := filepath.Join(fastDir(t), "mirror")
	if err := another.InitMirror(of); err != nil {
		t.Fatal(err)
	}
	unmounted := fastDir(t)
	for _, row := range []struct {
		it, dir string
		kind    error
		tells   string
	}{
		{"an empty folder", unmounted, ErrNotMirror, "is it mounted?"},
		{"nothing", filepath.Join(unmounted, "no"), ErrNotMirror, "is it mounted?"},
		{"the mirror of another store", of, ErrNotMirror, "mirrors"},
		{"another store", another.dir, ErrNotMirror, "mirrors"},
		{"the store itself", s.dir, ErrRefused, "apart"},
		{"a folder of the store", filepath.Join(s.dir, "shop"), ErrRefused, "apart"},
		{"a folder above the store", filepath.Dir(s.dir), ErrRefused, "apart"},
	} {
		_, err := s.Mirror(ctx, row.dir, Policy{})
		wantError(t, "Mirror into "+row.it, err, row.kind, row.tells)
	}
	if got := listing(t, unmounted); strings.Count(got, "\n") != 1 {
		t.Errorf("Mirror wrote under a missing mount:\n%s", got)
	}
	if err := s.InitMirror(of); !errors.Is(err, ErrNotMirror) {
		t.Errorf("InitMirror of another's mirror = %v, want %v", err, ErrNotMirror)
	}
}
