package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// hostile writes what it likes into an archive.
type hostile struct {
	*tar.Writer
	raw io.Writer // below the tar
}

func (h hostile) add(header *tar.Header, content string) {
	if header.ModTime.IsZero() {
		header.ModTime = time.Unix(0, 0)
	}
	_ = h.WriteHeader(header) // an archive cut short is hostile too
	_, _ = io.WriteString(h, content)
}

func (h hostile) manifest(m Manifest) {
	text, _ := encodeManifest(m)
	h.add(manifestHeader(int64(len(text)), m.Created), string(text))
}

// entry is an honest entry of a manifest.
func entry(name, content string) Entry {
	return Entry{Path: name, SHA256: hashOf([]byte(content)), Size: int64(len(content)), Mode: 0o644, ModTime: time.Unix(1e9, 0).UTC()}
}

func manifestOf(entries ...Entry) Manifest {
	return Manifest{Format: 1, Set: "shop", Sequence: 1, State: Good, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Content: contentHash(entries), Files: entries}
}

func compress(t testing.TB, fill func(hostile)) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	fill(hostile{w, z})
	_ = w.Close()
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}

	return out.Bytes()
}

// hostileArchives are by what is wrong with them. Each is whole otherwise.
func hostileArchives(t testing.TB) map[string][]byte {
	a, b := entry("a", "A"), entry("b", "B")
	honest := func(h hostile, e Entry, content string) { h.add(fileHeader(e), content) }
	changed := func(change func(*tar.Header)) []byte {
		return compress(t, func(h hostile) {
			h.manifest(manifestOf(a))
			header := fileHeader(a)
			change(header)
			content := "A"
			if header.Typeflag != tar.TypeReg {
				header.Size, content = 0, ""
			}
			h.add(header, content)
		})
	}
	named := func(name string) []byte {
		return compress(t, func(h hostile) {
			h.manifest(manifestOf(entry(name, "A")))
			honest(h, entry(name, "A"), "A")
		})
	}
	all := map[string][]byte{
		"nothing":           {},
		"no zstd":           []byte("hello"),
		"no tar":            compress(t, func(h hostile) { _, _ = io.WriteString(h.raw, strings.Repeat("x", 2000)) }),
		"an empty tar":      compress(t, func(hostile) {}),
		"no manifest":       compress(t, func(h hostile) { honest(h, a, "A") }),
		"no files":          compress(t, func(h hostile) { h.manifest(manifestOf()) }),
		"no state":          compress(t, func(h hostile) { m := manifestOf(a); m.State = ""; h.manifest(m); honest(h, a, "A") }),
		"a wrong content":   compress(t, func(h hostile) { h.manifest(manifestOf(a)); honest(h, a, "B") }),
		"a missing file":    compress(t, func(h hostile) { h.manifest(manifestOf(a, b)); honest(h, a, "A") }),
		"a file too many":   compress(t, func(h hostile) { h.manifest(manifestOf(a)); honest(h, a, "A"); honest(h, b, "B") }),
		"another order":     compress(t, func(h hostile) { h.manifest(manifestOf(a, b)); honest(h, b, "B"); honest(h, a, "A") }),
		"a name twice":      compress(t, func(h hostile) { h.manifest(manifestOf(a)); honest(h, a, "A"); honest(h, a, "A") }),
		"an entry twice":    compress(t, func(h hostile) { h.manifest(manifestOf(a, a)); honest(h, a, "A"); honest(h, a, "A") }),
		"a second manifest": compress(t, func(h hostile) { h.manifest(manifestOf(a)); h.manifest(manifestOf(a)); honest(h, a, "A") }),
		"a huge manifest":   compress(t, func(h hostile) { h.add(&tar.Header{Name: manifestName, Size: 1 << 40, Typeflag: tar.TypeReg}, "{") }),
		"a manifest's bomb": compress(t, func(h hostile) { h.add(manifestHeader(maxManifest, time.Time{}), strings.Repeat(" ", maxManifest)) }),
		"a file and folder": compress(t, func(h hostile) { h.manifest(manifestOf(a, entry("a/b", "B"))); honest(h, a, "A") }),
		"a huge entry":      compress(t, func(h hostile) { e := a; e.Size = 1 << 40; h.manifest(manifestOf(e)); honest(h, e, "A") }),
		"a huge sum":        compress(t, func(h hostile) { h.manifest(manifestOf(huge(20)...)) }),
		"a negative size":   compress(t, func(h hostile) { e := a; e.Size = -1; h.manifest(manifestOf(e)); honest(h, a, "A") }),
		"a bomb as file":    compress(t, func(h hostile) { h.manifest(manifestOf(a)); e := a; e.Size = 1 << 30; h.add(fileHeader(e), zeros()) }),
		"a bomb behind": compress(t, func(h hostile) {
			h.manifest(manifestOf(a))
			honest(h, a, "A")
			_ = h.Close()
			_, _ = io.WriteString(h.raw, zeros())
		}),
		"more behind": compress(t, func(h hostile) {
			h.manifest(manifestOf(a))
			honest(h, a, "A")
			_ = h.Close()
			_, _ = io.WriteString(h.raw, "x")
		}),
		"a setuid bit":       changed(func(h *tar.Header) { h.Mode = 0o4755 }),
		"another mode":       changed(func(h *tar.Header) { h.Mode = 0o777 }),
		"another name":       changed(func(h *tar.Header) { h.Name = "files/b" }),
		"a name upwards":     changed(func(h *tar.Header) { h.Name = "files/../../a" }),
		"an absolute name":   changed(func(h *tar.Header) { h.Name = "/etc/cron.d/a" }),
		"an owner":           changed(func(h *tar.Header) { h.Uid = 1000 }),
		"an owner's name":    changed(func(h *tar.Header) { h.Uname = "root" }),
		"a record":           changed(func(h *tar.Header) { h.PAXRecords = map[string]string{"RR.x": "y"} }),
		"an attribute":       changed(func(h *tar.Header) { h.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": "y"} }),
		"a symbolic link":    changed(func(h *tar.Header) { h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd" }),
		"a hard link":        changed(func(h *tar.Header) { h.Typeflag, h.Linkname = tar.TypeLink, "/etc/passwd" }),
		"a character device": changed(func(h *tar.Header) { h.Typeflag, h.Devmajor = tar.TypeChar, 1 }),
		"a block device":     changed(func(h *tar.Header) { h.Typeflag, h.Devmajor = tar.TypeBlock, 8 }),
		"a fifo":             changed(func(h *tar.Header) { h.Typeflag = tar.TypeFifo }),
		"a folder":           changed(func(h *tar.Header) { h.Typeflag, h.Name = tar.TypeDir, "files/a/" }),
		"a wide window":      wideWindow(t),
	}
	for _, kind := range []byte{tar.TypeFifo, tar.TypeChar, tar.TypeBlock, tar.TypeSymlink, tar.TypeLink} {
		all[fmt.Sprintf("an empty file of type %c", kind)] = compress(t, func(h hostile) {
			e := entry("a", "")
			h.manifest(manifestOf(e))
			header := fileHeader(e)
			header.Typeflag = kind
			h.add(header, "")
		})
	}
	for _, name := range []string{
		"../a", "/a", "a/../../b", "./a", "a//b", "a/", ".", "..", "", "a\x00b", "a\nb", "a\x1b[2J", "a\\b", "a\u202eb", "\xff", ".git/hooks/pre-commit",
		"x/.git/config", ".rr-restore-1/a", strings.Repeat("a", 300), strings.Repeat("a/", 600) + "a", strings.Repeat("d/", 70) + "a",
	} {
		all[fmt.Sprintf("the path %.40q", name)] = named(name)
	}

	return all
}

func zeros() string { return strings.Repeat("\x00", 16<<20) }

func huge(n int) (all []Entry) {
	for i := range n {
		e := entry(fmt.Sprintf("f%02d", i), "A")
		e.Size = DefaultMaxFile
		all = append(all, e)
	}

	return all
}

// wideWindow needs 512 MB of memory to be read.
func wideWindow(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithWindowSize(zstd.MaxWindowSize), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	a := entry("a", "A")
	hostile{w, z}.manifest(manifestOf(a))
	_ = z.Flush() // or else it fits the window to the content
	hostile{w, z}.add(fileHeader(a), "A")
	_ = w.Close()
	_ = z.Close()

	return out.Bytes()
}

func TestHonestArchiveOfTheSameHandIsTaken(t *testing.T) {
	a := entry("a", "A")
	archive := compress(t, func(h hostile) { h.manifest(manifestOf(a)); h.add(fileHeader(a), "A") })
	s := mustOpen(t, Options{})
	if m, err := s.unpack(bytes.NewReader(archive), false, nil); err != nil || len(m.Files) != 1 {
		t.Fatalf("unpack = %+v, %v", m, err)
	}
}

func TestHostileArchivesAreRefusedAndWriteNothing(t *testing.T) {
	ctx := context.Background()
	for what, archive := range hostileArchives(t) {
		s := mustOpen(t, Options{})
		_, err := s.unpack(bytes.NewReader(archive), false, nil)
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) {
			t.Errorf("unpack of an archive with %s = %v, want %v", what, err, ErrDamaged)
		}
		if len(fmt.Sprint(err)) > 600 || strings.ContainsAny(fmt.Sprint(err), "\x00\x1b\n") {
			t.Errorf("unpack of an archive with %s fails with %.800q", what, err)
		}

		// The index vouches for it, as if it had come from us.
		b := Backup{Set: "shop", Sequence: 1, State: Good, Archive: hashOf(archive), Size: int64(len(archive)), Created: time.Unix(1e9, 0).UTC(), Touched: time.Unix(1e9, 0).UTC()}
		b.ID = "shop/" + nameOf(b.Created, b.Archive)
		if err := s.makeFolders("shop", Good); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path(b), archive, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.writeIndex(index{Set: "shop", Sequence: 1, Backups: []Backup{b}}); err != nil {
			t.Fatal(err)
		}
		live := tree(t, map[string]string{"there/x": "1"})
		before, around := listing(t, live), listing(t, filepath.Dir(s.dir))
		plan := Plan{Backup: b, Roots: Roots{"": live}, Changes: []Change{{Path: "a", Kind: Create}, {Path: "../a", Kind: Create}}}
		for _, apply := range []bool{false, true} {
			if _, err := s.Restore(ctx, plan, RestoreOptions{Apply: apply}); err == nil {
				t.Errorf("Restore of an archive with %s goes through", what)
			}
		}
		if _, err := s.Plan(ctx, b.ID, Roots{"": live}, nil); err == nil {
			t.Errorf("Plan of an archive with %s goes through", what)
		}
		if _, _, err := s.PickFile(ctx, "shop", "a", ""); err == nil {
			t.Errorf("PickFile picks an archive with %s", what)
		}
		if got := listing(t, live); got != before {
			t.Errorf("an archive with %s wrote\n%s", what, got)
		}
		if got := listing(t, filepath.Dir(s.dir)); got != around {
			t.Errorf("an archive with %s wrote beside the store\n%s", what, got)
		}
		scratch := fastDir(t)
		if _, err := s.Drill(ctx, b.ID, scratch, nil); err == nil || len(listing(t, scratch)) != len(listing(t, fastDir(t))) {
			t.Errorf("Drill of an archive with %s = %v and leaves %s", what, err, listing(t, scratch))
		}
	}
}

func TestHostileArchivesAreNotAdopted(t *testing.T) {
	for what, archive := range hostileArchives(t) {
		s := mustOpen(t, Options{})
		created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if err := s.makeFolders("shop", Good); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.folder("shop"), nameOf(created, hashOf(archive))+plainSuffix)
		if err := os.WriteFile(path, archive, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := s.Pick(context.Background(), "shop", "")
		if err == nil && len(b.Files) > 0 {
			t.Errorf("an archive with %s is adopted as %+v", what, b)
		}
	}
}

// TestBombCostsNoMemory holds that a bomb is left at its first bytes.
func TestBombCostsNoMemory(t *testing.T) {
	archives := hostileArchives(t)
	s := mustOpen(t, Options{})
	for _, what := range []string{"a bomb as file", "a bomb behind", "a wide window", "a huge entry", "a huge manifest"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.unpack(bytes.NewReader(archives[what]), false, nil)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; err == nil || grown > 12<<20 {
			t.Errorf("%s: %v after %d bytes of memory, want at most 12 MB", what, err, grown)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for what, archive := range hostileArchives(f) {
		if len(archive) < 100_000 && !strings.Contains(what, "bomb") { // those are slow
			f.Add(archive)
		}
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		s := &Store{options: withDefaults(Options{MaxTotal: 1 << 20})}
		var total int64
		m, err := s.unpack(bytes.NewReader(archive), false, func(e Entry, r io.Reader) error {
			if checkPath(e.Path) != nil {
				t.Errorf("path %q is given out", e.Path)
			}
			n, err := io.Copy(io.Discard, r)
			total += n

			return err
		})
		if err == nil && (m.check() != nil || s.limits().check(m.Files) != nil) {
			t.Errorf("unpack gives the manifest %+v", m)
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrRefused) {
			t.Errorf("unpack = %v, want an error that says what it is", err)
		}
		if total > 1<<20 {
			t.Errorf("%d bytes are given out, want at most %d", total, 1<<20)
		}
	})
}

// FuzzUnpackTar is below the compression, which a fuzzer does not get through.
func FuzzUnpackTar(f *testing.F) {
	a := entry("a", "A")
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	hostile{w, &out}.manifest(manifestOf(a))
	hostile{w, &out}.add(fileHeader(a), "A")
	_ = w.Close()
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := unpackEntries(&bounded{r: bytes.NewReader(text), left: maxManifest}, limits{file: 1 << 20, total: 1 << 20, files: 100}, nil)
		if err == nil && m.check() != nil {
			t.Errorf("unpack gives the manifest %+v", m)
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrRefused) {
			t.Errorf("unpack = %v, want an error that says what it is", err)
		}
	})
}

func FuzzIndex(f *testing.F) {
	s := mustOpen(f, Options{})
	live := tree(f, sample())
	mustCreate(f, s, "shop", live)
	write(f, live, "pm2/dump.pm2", "BROKEN")
	mustCreate(f, s, "shop", live)
	text, err := os.ReadFile(filepath.Join(s.folder("shop"), indexName))
	if err != nil {
		f.Fatal(err)
	}
	x, err := decodeIndex(text, "shop")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(asJSON(x)))
	f.Add(text)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, text := range [][]byte{body, []byte(asJSON(indexFile{Format: 1, SHA256: sumIndex(1, body), Index: body}))} {
			x, err := decodeIndex(text, "shop")
			if err != nil {
				if !errors.Is(err, ErrIndex) && !errors.Is(err, ErrRefused) {
					t.Errorf("decodeIndex = %v, want %v", err, ErrIndex)
				}
				continue
			}
			for _, b := range x.Backups {
				if strings.Contains(b.file(), "..") || filepath.IsAbs(b.file()) {
					t.Errorf("archive %q is outside", b.file())
				}
			}
			again, err := encodeIndex(x)
			if err != nil {
				t.Fatal(err)
			}
			if y, err := decodeIndex(again, "shop"); err != nil || asJSON(x) != asJSON(y) {
				t.Errorf("it is read again as %+v, %v, want %+v", y, err, x)
			}
		}
	})
}
