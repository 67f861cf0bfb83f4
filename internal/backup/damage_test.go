package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// damaged is a store with one backup, files that differ from it, and the plan
// to restore them.
type damaged struct {
	*Store
	t       *testing.T
	b       Backup
	live    string
	before  string // the listing of live
	plan    Plan
	archive []byte
}

func newDamaged(t *testing.T, options Options) *damaged {
	s := mustOpen(t, options)
	files := sample()
	noise := make([]byte, 600) // for truncations to be of something
	_, _ = rand.Read(noise)
	files["noise"] = string(noise)
	live := tree(t, files)
	d := &damaged{Store: s, t: t, b: mustCreate(t, s, "shop", live), live: live}
	for name := range files {
		write(t, live, name, "changed")
	}
	remove(t, filepath.Join(live, "noise"))
	d.plan = mustPlan(t, s, d.b.ID, Roots{"": live})
	d.before = listing(t, live)
	var err error
	if d.archive, err = os.ReadFile(s.path(d.b)); err != nil {
		t.Fatal(err)
	}

	return d
}

// detects holds that an archive with these bytes is found damaged by all that
// reads it, and that nothing was written.
func (d *damaged) detects(what string, archive []byte) {
	d.t.Helper()
	ctx := context.Background()
	if err := os.WriteFile(d.path(d.b), archive, 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := d.Verify(ctx, d.b.ID); !errors.Is(err, ErrDamaged) {
		d.t.Fatalf("Verify with %s = %v, want %v", what, err, ErrDamaged)
	}
	if _, err := d.Restore(ctx, d.plan, RestoreOptions{Apply: true}); !errors.Is(err, ErrDamaged) {
		d.t.Fatalf("Restore with %s = %v, want %v", what, err, ErrDamaged)
	}
}

// untouched holds that nothing was written where the backup belongs.
func (d *damaged) untouched(what string) {
	d.t.Helper()
	if got := listing(d.t, d.live); got != d.before {
		d.t.Fatalf("%s: the files are\n%s\nwant\n%s", what, got, d.before)
	}
}

func TestEveryFlippedBitIsDetected(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		d := newDamaged(t, options)
		for bit := range len(d.archive) * 8 {
			d.archive[bit/8] ^= 1 << (bit % 8)
			d.detects("a flipped bit", d.archive)
			if bit%64 == 0 {
				d.untouched("a flipped bit")
			}
			d.archive[bit/8] ^= 1 << (bit % 8)
		}
		d.untouched("flipped bits")
		t.Logf("%d bits", len(d.archive)*8)
	})
}

// TestEveryFlippedBitIsDetectedWithoutTheIndex holds that an archive gives what
// was put into it or an error, even where no sha256 of it is known. A bit that
// changes nothing of what it gives may flip.
func TestEveryFlippedBitIsDetectedWithoutTheIndex(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		d := newDamaged(t, options)
		harmless := 0
		for bit := range len(d.archive) * 8 {
			d.archive[bit/8] ^= 1 << (bit % 8)
			m, err := d.unpack(bytes.NewReader(d.archive), d.b.Encrypted, nil)
			d.archive[bit/8] ^= 1 << (bit % 8)
			switch {
			case err == nil && m.Content == d.b.Content:
				harmless++
			case err == nil:
				t.Fatalf("bit %d: unpack gives content %.16s, want %.16s", bit, m.Content, d.b.Content)
			case !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoIdentity):
				t.Fatalf("bit %d: unpack = %v, want %v", bit, err, ErrDamaged)
			}
		}
		if harmless > 64 {
			t.Errorf("%d of %d bits can flip without notice", harmless, len(d.archive)*8)
		}
		t.Logf("%d of %d bits change nothing", harmless, len(d.archive)*8)
	})
}

func TestEveryTruncationIsDetected(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		d := newDamaged(t, options)
		for size := 0; size < len(d.archive); size += 512 {
			d.detects("truncation", d.archive[:size])
		}
		for size := range d.archive {
			if _, err := d.unpack(bytes.NewReader(d.archive[:size]), d.b.Encrypted, nil); !errors.Is(err, ErrDamaged) {
				t.Fatalf("unpack of %d bytes of %d = %v, want %v", size, len(d.archive), err, ErrDamaged)
			}
		}
		d.detects("a byte too much", append(d.archive[:len(d.archive):len(d.archive)], 0))
		if _, err := d.unpack(bytes.NewReader(append(d.archive[:len(d.archive):len(d.archive)], 0)), d.b.Encrypted, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("unpack with a byte too much = %v, want %v", err, ErrDamaged)
		}
		d.untouched("truncations")
	})
}

func TestMissingArchiveIsDetected(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		d := newDamaged(t, options)
		ctx := context.Background()
		remove(t, d.path(d.b))
		wantError(t, "Verify", d.Verify(ctx, d.b.ID), ErrDamaged, "gone")
		_, err := d.Restore(ctx, d.plan, RestoreOptions{Apply: true})
		wantError(t, "Restore", err, ErrDamaged, "gone")
		if _, err := d.Pick(ctx, "shop", ""); !errors.Is(err, ErrNone) {
			t.Errorf("Pick = %v, want %v", err, ErrNone)
		}
		d.untouched("a missing archive")
	})
}

func TestWrongKeyOpensNothing(t *testing.T) {
	recipient, identities := keys(t)
	_, wrong := keys(t)
	d := newDamaged(t, Options{Recipients: []string{recipient}, Identities: identities})
	ctx := context.Background()
	d.options.Identities = wrong
	for _, step := range []string{"wrong", "none"} {
		wantError(t, "Verify", d.Verify(ctx, d.b.ID), ErrNoIdentity, "")
		_, err := d.Restore(ctx, d.plan, RestoreOptions{Apply: true})
		wantError(t, "Restore", err, ErrNoIdentity, "")
		_, err = d.Plan(ctx, d.b.ID, Roots{"": d.live}, nil)
		wantError(t, "Plan", err, ErrNoIdentity, "")
		_, err = d.Drill(ctx, d.b.ID, fastDir(t), nil)
		wantError(t, "Drill", err, ErrNoIdentity, "")
		d.untouched(step + " key")
		d.options.Identities = nil
	}
	b, err := d.Get(ctx, d.b.ID)
	if err != nil || b.Damaged != "" || !b.HashedAt.After(d.b.HashedAt) || !b.VerifiedAt.Equal(d.b.VerifiedAt) {
		t.Errorf("with a wrong key the backup is %+v, %v; want its bytes right and its content not verified again", b, err)
	}
}

func TestWhatVerifyFoundIsRemembered(t *testing.T) {
	d := newDamaged(t, Options{})
	ctx := context.Background()
	d.archive[100] ^= 1
	d.detects("a flipped bit", d.archive)
	b, err := d.Get(ctx, d.b.ID)
	if err != nil || b.Damaged == "" {
		t.Errorf("Damaged is %q, %v, want what is wrong", b.Damaged, err)
	}
	if _, err := d.Pick(ctx, "shop", ""); !errors.Is(err, ErrNone) {
		t.Errorf("Pick of a damaged backup = %v, want %v", err, ErrNone)
	}
	d.archive[100] ^= 1
	if err := os.WriteFile(d.path(d.b), d.archive, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(ctx, d.b.ID); err != nil {
		t.Fatal(err)
	}
	if b, err := d.Pick(ctx, "shop", ""); err != nil || b.Damaged != "" {
		t.Errorf("Pick after it verified = %+v, %v", b, err)
	}
}

func TestErrorsOfReadingAreNoDamage(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		d := newDamaged(t, options)
		broken := errors.New("input/output error")
		for at := 0; at < len(d.archive); at += 97 {
			r := io.MultiReader(bytes.NewReader(d.archive[:at]), failing{broken})
			if _, err := d.unpack(r, d.b.Encrypted, nil); !errors.Is(err, broken) || errors.Is(err, ErrDamaged) {
				t.Fatalf("unpack with an error at %d = %v, want %v", at, err, broken)
			}
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestIndexIsRebuiltWhateverBitFlips flips a bit of every byte of an index: what is read
// then is what was there, or it is rebuilt and says so.
func TestIndexIsRebuiltWhateverBitFlips(t *testing.T) {
	s := mustOpen(t, Options{})
	live := tree(t, sample())
	mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "BROKEN")
	mustCreate(t, s, "shop", live)
	path := filepath.Join(s.folder("shop"), indexName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := idsOf(mustList(t, s, "shop"))
	for i := range text {
		bit := i*8 + i%8
		text[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		text[bit/8] ^= 1 << (bit % 8)
		all, err := s.List(context.Background(), "shop")
		if err != nil || idsOf(all) != want {
			t.Fatalf("bit %d: List = %s, %v, want %s", bit, idsOf(all), err, want)
		}
		notes, err := s.Notes(context.Background(), "shop")
		if after, _ := os.ReadFile(path); err != nil || !strings.Contains(asJSON(notes), "rebuilt") && string(after) == string(text) {
			t.Fatalf("bit %d: a flipped bit is not noted: %s", bit, asJSON(notes))
		}
	}
}

func idsOf(backups []Backup) string {
	var all []string
	for _, b := range backups {
		all = append(all, b.ID+" "+b.State)
	}

	return strings.Join(all, "\n")
}

func TestIndexIsRebuilt(t *testing.T) {
	both(t, func(t *testing.T, options Options) {
		for _, row := range []struct {
			it     string
			damage func(path string) error
		}{
			{"is missing", os.Remove},
			{"is empty", func(path string) error { return os.Truncate(path, 0) }},
			{"is cut short", func(path string) error { return os.Truncate(path, 100) }},
		} {
			s := mustOpen(t, options)
			live := tree(t, sample())
			mustCreate(t, s, "shop", live)
			write(t, live, "pm2/dump.pm2", "BROKEN")
			mustCreate(t, s, "shop", live)
			mustCreate(t, s, "shop", live)
			before := mustList(t, s, "shop")
			if err := row.damage(filepath.Join(s.folder("shop"), indexName)); err != nil {
				t.Fatal(err)
			}
			after := mustList(t, s, "shop")
			for i := range after {
				after[i].HashedAt, after[i].VerifiedAt, after[i].Recipients = before[i].HashedAt, before[i].VerifiedAt, before[i].Recipients
				if i == 0 {
					after[i].Touched = before[i].Touched // the time of its file, which nothing has set yet
				}
			}
			if asJSON(after) != asJSON(before) {
				t.Errorf("an index that %s is rebuilt as\n%s\nwant\n%s", row.it, asJSON(after), asJSON(before))
			}
			notes, err := s.Notes(context.Background(), "shop")
			if err != nil || !strings.Contains(asJSON(notes), "rebuilt the index") {
				t.Errorf("an index that %s is noted as %s, %v", row.it, asJSON(notes), err)
			}
		}
	})
}

func TestIndexIsRebuiltByWhoCannotOpenTheArchives(t *testing.T) {
	recipient, _ := keys(t)
	s := mustOpen(t, Options{Recipients: []string{recipient}})
	live := tree(t, sample())
	mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "BROKEN")
	mustCreate(t, s, "shop", live)
	write(t, live, "pm2/dump.pm2", "[3]")
	last := mustCreate(t, s, "shop", live)
	want := idsOf(mustList(t, s, "shop"))
	remove(t, filepath.Join(s.folder("shop"), indexName))
	if got := idsOf(mustList(t, s, "shop")); got != want {
		t.Errorf("List = %s, want %s", got, want)
	}
	if b, err := s.Pick(context.Background(), "shop", ""); err != nil || b.ID != last.ID {
		t.Errorf("Pick = %s, %v, want %s", b.ID, err, last.ID)
	}
	_, _, err := s.PickFile(context.Background(), "shop", "pm2/dump.pm2", "")
	wantError(t, "PickFile", err, ErrNoIdentity, "3 cannot be looked into")
}

func TestIndexOfANewerVersionIsLeftAlone(t *testing.T) {
	s := mustOpen(t, Options{})
	mustCreate(t, s, "shop", tree(t, sample()))
	path := filepath.Join(s.folder("shop"), indexName)
	body := `{"set":"shop","backups":{"of":"another shape"}}`
	newer := asJSON(indexFile{Format: 2, SHA256: sumIndex(2, []byte(body)), Index: []byte(body)})
	if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.List(context.Background(), "shop")
	wantError(t, "List", err, ErrRefused, "newer rr")
	if after, _ := os.ReadFile(path); string(after) != newer {
		t.Error("the index of a newer rr was written over")
	}
}
