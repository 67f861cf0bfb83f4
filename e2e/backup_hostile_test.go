//go:build verify

package e2e

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"rr/internal/backup"
)

// packed is an entry of a tar.
type packed struct {
	tar.Header
	content string
}

// forged is an archive that a stranger made of an honest one: its manifest, and
// the entries behind it.
type forged struct {
	manifest backup.Manifest
	members  []packed
	behind   string // after the end of the tar
}

// honest reads an archive that rr made.
func honest(t *testing.T, path string) forged {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	var f forged
	for entries := tar.NewReader(plain); ; {
		h, err := entries.Next()
		if err == io.EOF {
			return f
		}
		content, readErr := io.ReadAll(entries)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		if h.Name != "manifest.json" {
			f.members = append(f.members, packed{*h, string(content)})
		} else if err := json.Unmarshal(content, &f.manifest); err != nil {
			t.Fatal(err)
		}
	}
}

// bytes packs it, with a manifest that vouches for itself.
func (f forged) bytes(t *testing.T) []byte {
	t.Helper()
	sum := sha256.New()
	for _, e := range f.manifest.Files {
		fmt.Fprintf(sum, "%s %s %q\n", e.SHA256, e.Mode, e.Path)
	}
	f.manifest.Content = hex.EncodeToString(sum.Sum(nil))
	text, err := json.Marshal(f.manifest)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	compressed, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(compressed)
	first := packed{tar.Header{Typeflag: tar.TypeReg, Name: "manifest.json", Mode: 0o600, Size: int64(len(text)), ModTime: f.manifest.Created.Truncate(time.Second)}, string(text)}
	for _, m := range slices.Insert(f.members, 0, first) {
		_ = w.WriteHeader(&m.Header)
		_, _ = io.WriteString(w, m.content) // as much as the header lets in
	}
	_ = w.Close()
	_, _ = io.WriteString(compressed, f.behind)
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}

	return out.Bytes()
}

// rename gives the first file another name, in the manifest too, where it is in
// its order.
func (f *forged) rename(name string) {
	f.members[0].Name = "files/" + name
	f.manifest.Files[0].Path = name
}

// becomes makes of the first file something else than a file.
func (f *forged) becomes(kind byte, target string) {
	f.members[0].Typeflag, f.members[0].Linkname, f.members[0].Size, f.members[0].content = kind, target, 0, ""
	if kind == tar.TypeChar || kind == tar.TypeBlock {
		f.members[0].Devmajor, f.members[0].Devminor = 1, 3
	}
}

// forgeries are what an archive may try. outside is a file that none may touch.
func forgeries(outside string) map[string]func(*forged) {
	zeros := strings.Repeat("\x00", 64<<20)

	return map[string]func(*forged){
		"leads upwards":                 func(f *forged) { f.rename("../outside") },
		"leads upwards from below":      func(f *forged) { f.rename("a/../../outside") },
		"is absolute":                   func(f *forged) { f.rename(outside) },
		"is absolute in the tar only":   func(f *forged) { f.members[0].Name = outside },
		"leads upwards in the tar only": func(f *forged) { f.members[0].Name = "files/../../outside" },
		"would be a hook of git":        func(f *forged) { f.rename(".git/hooks/post-checkout") },
		"is a symbolic link":            func(f *forged) { f.becomes(tar.TypeSymlink, outside) },
		"is a hard link":                func(f *forged) { f.becomes(tar.TypeLink, outside) },
		"is a character device":         func(f *forged) { f.becomes(tar.TypeChar, "") },
		"is a block device":             func(f *forged) { f.becomes(tar.TypeBlock, "") },
		"is a fifo":                     func(f *forged) { f.becomes(tar.TypeFifo, "") },
		"is a setuid program":           func(f *forged) { f.members[0].Mode = 0o4755 },
		"belongs to another":            func(f *forged) { f.members[0].Uid = 1000 },
		"is declared huge":              func(f *forged) { f.manifest.Files[0].Size, f.members[0].Size = 1<<40, 1<<40 },
		"is declared less than nothing": func(f *forged) { f.manifest.Files[0].Size = -1 },
		"has another content":           func(f *forged) { f.members[0].content = strings.ToUpper(f.members[0].content) },
		"is a bomb":                     func(f *forged) { f.members[0].Size, f.members[0].content = int64(len(zeros)), zeros },
		"is a bomb that is declared": func(f *forged) {
			f.manifest.Files[0].Size, f.members[0].Size, f.members[0].content = int64(len(zeros)), int64(len(zeros)), zeros
		},
		"has a bomb behind": func(f *forged) { f.behind = zeros },
		"is there twice":    func(f *forged) { f.members = slices.Insert(f.members, 1, f.members[0]) },
		"is there twice in the manifest": func(f *forged) {
			f.manifest.Files = slices.Insert(f.manifest.Files, 1, f.manifest.Files[0])
			f.members = slices.Insert(f.members, 1, f.members[0])
		},
		"is in front of one more": func(f *forged) {
			f.members = append(f.members, packed{f.members[0].Header, f.members[0].content})
			f.members[len(f.members)-1].Name = "files/zzz"
		},
		"is missing": func(f *forged) { f.members = f.members[1:] },
		"is a link that another is below": func(f *forged) {
			f.becomes(tar.TypeSymlink, filepath.Dir(outside))
			f.members[1].Name = f.members[0].Name + "/outside"
		},
	}
}

// vouch puts an archive in the place of a backup and has the index say that it
// is what rr wrote.
func (s *spoilt) vouch(archive []byte) {
	s.t.Helper()
	path := filepath.Join(s.store, "data", "index.json")
	var file struct {
		Format int             `json:"format"`
		SHA256 string          `json:"sha256"`
		Index  json.RawMessage `json:"index"`
	}
	var index struct {
		Set      string          `json:"set"`
		Sequence int64           `json:"sequence"`
		Backups  []backup.Backup `json:"backups"`
	}
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &file) != nil || json.Unmarshal(file.Index, &index) != nil || len(index.Backups) != 1 {
		s.t.Fatalf("%s: %v", text, err)
	}
	sum := sha256.Sum256(archive)
	b := &index.Backups[0]
	stamp, _, _ := strings.Cut(strings.TrimPrefix(b.ID, "data/"), "-")
	b.Archive, b.Size, b.Content, b.Files, b.Damaged = hex.EncodeToString(sum[:]), int64(len(archive)), "", nil, ""
	b.ID = "data/" + stamp + "-" + b.Archive[:16]
	if file.Index, err = json.Marshal(index); err != nil {
		s.t.Fatal(err)
	}
	whole := sha256.Sum256(fmt.Appendf(nil, "%d\n%s", file.Format, file.Index))
	file.SHA256 = hex.EncodeToString(whole[:])
	if text, err = json.Marshal(file); err != nil {
		s.t.Fatal(err)
	}
	s.put(nil)
	s.b, s.path = *b, filepath.Join(s.store, b.ID+".tar.zst")
	s.put(archive)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// (2) An archive of a stranger, for which the index vouches, is refused by
// whatever reads it, with a clear word, and writes nothing anywhere.
func TestVerifyHostileBackupsAreRefusedAndWriteNothing(t *testing.T) {
	t.Parallel()
	s := newSpoilt(t, "")
	s.serve()
	around := t.TempDir()
	outside := filepath.Join(around, "outside")
	if err := os.WriteFile(outside, []byte("whole"), 0o644); err != nil {
		t.Fatal(err)
	}
	beside := names(t, s.dir)
	s.vouch(honest(t, s.path).bytes(t))
	s.must("backup", "verify", "data") // nothing is wrong with what the same hand leaves as it was
	all := forgeries(outside)
	for _, it := range slices.Sorted(maps.Keys(all)) {
		f := honest(t, s.path)
		genuine := s.archive
		all[it](&f)
		s.vouch(f.bytes(t))
		what, is, none := "a file that "+it, "the backup is damaged: ", "set data has no good backup that is whole"
		if strings.Contains(it, "huge") { // which more room would cure
			is, none = "larger than the limit of 67108864 (max_file)", "larger than the limit of 67108864 (max_file)"
		}
		s.fails(what, "backup verify data", s.b.ID, is, s.path)
		s.fails(what, "backup restore "+s.b.ID, s.b.ID, is)
		s.fails(what, "backup restore --apply "+s.b.ID, s.b.ID, is)
		s.fails(what, "backup restore --apply data", none)
		s.fails(what, "backup drill data", none)
		if text, err := os.ReadFile(outside); err != nil || string(text) != "whole" || len(names(t, around)) != 2 {
			t.Fatalf("%s: what is outside is %q, %v: %q", what, text, err, names(t, around))
		}
		if now := names(t, s.dir); !slices.Equal(now, beside) {
			t.Fatalf("%s: beside there is %q, want %q", what, now, beside)
		}
		s.vouch(genuine)
		s.must("backup", "verify", "data")
	}
	t.Logf("%d forgeries", len(all))
}

// names lists a folder and all below it but the state of rr.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Name() == ".rr" {
			return filepath.SkipDir
		}
		found = append(found, path)

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return found
}
