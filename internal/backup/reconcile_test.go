package backup

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReconcileAdoptsWholeArchivesAndSetsOthersAside(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		from, s := mustOpen(t, options), mustOpen(t, options)
		live := tree(t, sample())
		first := mustCreate(t, from, "shop", live)
		write(t, live, "pm2/dump.pm2", "[2]")
		second := mustCreate(t, from, "shop", live)
		write(t, live, "pm2/dump.pm2", "[3]")
		known := mustCreate(t, s, "shop", live)

		for _, b := range []Backup{first, second} {
			text, err := os.ReadFile(from.path(b))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.path(b), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		flip(t, s.path(second), 999)
		write(t, s.folder("shop"), tmpPrefix+"x", "half")
		write(t, s.folder("shop"), "somebody's.txt", "left alone")
		if err := s.Reconcile(context.Background()); err != nil {
			t.Fatal(err)
		}
		all := mustList(t, s, "shop")
		if len(all) != 2 || all[0].ID != known.ID || all[1].ID != first.ID || len(all[1].Files) != 3 {
			t.Errorf("List = %s", idsOf(all))
		}
		if err := s.Verify(context.Background(), first.ID); err != nil {
			t.Error(err)
		}
		notes, err := s.Notes(context.Background(), "shop")
		if text := asJSON(notes); err != nil || len(notes) != 2 || !strings.Contains(text, "adopted") || !strings.Contains(text, "aside") {
			t.Errorf("Notes = %s, %v", text, err)
		}
		dir := listing(t, s.folder("shop"))
		if strings.Contains(dir, tmpPrefix) || !strings.Contains(dir, filepath.Base(s.path(second))+damagedSuffix) || !strings.Contains(dir, "left alone") {
			t.Errorf("Reconcile leaves\n%s", dir)
		}
		before := listing(t, s.dir)
		if err := s.Reconcile(context.Background()); err != nil || listing(t, s.dir) != before {
			t.Errorf("Reconcile with nothing to do = %v and changes the store", err)
		}
	})
}

func TestReconcileFinishesWhatAPruneBegan(t *testing.T) {
	s := mustOpen(t, Options{})
	live := tree(t, sample())
	first := mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "[2]")
	second := mustCreate(t, s, "shop", live)
	x, err := s.readIndex("shop")
	if err != nil {
		t.Fatal(err)
	}
	x.drop(first.ID)
	if err := s.writeIndex(x); err != nil {
		t.Fatal(err)
	}
	if err := s.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	if all := mustList(t, s, "shop"); len(all) != 1 || all[0].ID != second.ID {
		t.Errorf("List = %s, want only %s", idsOf(all), second.ID)
	}
	if _, err := os.Stat(s.path(first)); !os.IsNotExist(err) {
		t.Errorf("%s is still there (%v)", s.path(first), err)
	}
}

func TestListingReadsAndWritesNothing(t *testing.T) {
	s := mustOpen(t, Options{})
	mustCreate(t, s, "shop", tree(t, sample()))
	write(t, s.folder("shop"), tmpPrefix+"x", "half")
	before := listing(t, s.dir)
	ctx := context.Background()
	mustList(t, s, "shop")
	mustList(t, s, "none")
	if sets, err := s.Sets(); err != nil || len(sets) != 1 || sets[0] != "shop" {
		t.Errorf("Sets = %q, %v", sets, err)
	}
	if _, err := s.Pick(ctx, "shop", ""); err != nil {
		t.Error(err)
	}
	if _, err := s.Review(ctx, Policy{Last: 1}); err != nil {
		t.Error(err)
	}
	if after := listing(t, s.dir); after != before {
		t.Errorf("looking leaves\n%s\nwant\n%s", after, before)
	}
}

func TestWhatAnotherProcessWroteIsSeen(t *testing.T) {
	s := mustOpen(t, Options{})
	other, err := Open(s.dir, s.options)
	if err != nil {
		t.Fatal(err)
	}
	live := tree(t, sample())
	mustCreate(t, other, "shop", live)
	path := filepath.Join(s.folder("shop"), indexName)
	for n := range 3 {
		old := time.Now().Add(-time.Hour) // so that what is read of it is remembered
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		all := mustList(t, s, "shop")
		if len(all) != n+1 || len(s.cache.known) != 1 {
			t.Fatalf("%d backups, want %d; %d indices are remembered", len(all), n+1, len(s.cache.known))
		}
		all[0].ID = "changed by who asked"
		if again := mustList(t, s, "shop"); again[0].ID == all[0].ID {
			t.Error("who asks can change what the next is told")
		}
		write(t, live, "pm2/dump.pm2", strings.Repeat("x", n))
		mustCreate(t, other, "shop", live)
	}
}

func TestAnArchiveThatNobodyCanOpenIsAdoptedByItsName(t *testing.T) {
	recipient, _ := keys(t)
	s := mustOpen(t, Options{Recipients: []string{recipient}})
	live := tree(t, sample())
	whole := mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "[2]")
	damaged := mustCreate(t, s, "shop", live)
	flip(t, s.path(damaged), 5000)
	remove(t, filepath.Join(s.folder("shop"), indexName))
	if all := mustList(t, s, "shop"); len(all) != 1 || all[0].ID != whole.ID || all[0].Archive != whole.Archive {
		t.Errorf("List = %s, want only %s", idsOf(all), whole.ID)
	}
}
