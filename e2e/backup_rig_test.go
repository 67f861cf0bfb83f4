package e2e

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"rr/internal/backup"
)

// keeping is an rr that keeps backups of one folder, data, and keeps the last
// good one only where it prunes. Something has to be watched; nobody asks it.
const keeping = `github: web: repo: "acme/web"
interval: "300ms"
min_interval: "100ms"
settle: "1s"
backup: {
	builtin: []
	sets: data: {root: "data", paths: ["**"]}
	every: "1s"
	keep: {last: 1, hourly: 0, daily: 0, weekly: 0}
	ladder: {create: cooldown: "1s", verify: cooldown: "1s", drill: cooldown: "1s", prune: cooldown: "1s"}
}
`

// files are contents by path.
type folder map[string]string

// Versions of the files under data. Only what a restore would not touch is the
// same in all.
func oldFiles() folder {
	return folder{"a.json": `{"v": 1}`, "b.yml": "v: 1\n", "sub/c": strings.Repeat("1\n", 3000), "same": "same"}
}

func newFiles() folder {
	return folder{"a.json": `{"v": 2}`, "b.yml": "v: 2\n", "sub/c": strings.Repeat("2\n", 3000), "same": "same"}
}

// noise is text that packing makes only half as large.
func noise(seed string, n int) string {
	var text strings.Builder
	for i := range n {
		sum := sha256.Sum256([]byte(fmt.Sprint(seed, i)))
		text.WriteString(hex.EncodeToString(sum[:]))
	}

	return text.String()
}

// notValid is what is kept as evidence only.
func notValid(n int) folder {
	f := newFiles()
	f["a.json"] = fmt.Sprintf(`{"v": %d`, n)

	return f
}

// lay makes a folder hold these files and no others.
func lay(t *testing.T, dir string, f folder) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range f {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// laid is what a folder holds.
func laid(t *testing.T, dir string) folder {
	t.Helper()
	f := folder{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		f[name] = string(content)

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return f
}

// keeper is an rr that keeps backups.
type keeper struct {
	*rig
	store, mirror string // folders; the mirror need not be there
}

func newKeeper(t *testing.T, more string, f folder) *keeper {
	t.Helper()
	r := newRig(t, keeping+more)
	lay(t, r.path("data"), f)

	return &keeper{rig: r, store: r.path(".rr", "backups"), mirror: r.path("mirror")}
}

// clone is another one that has all that this one has.
func (k *keeper) clone(t *testing.T) *keeper {
	t.Helper()
	r := newRig(t, k.read("redundancy.cue"))
	if out, err := exec.Command("cp", "-a", k.dir+"/.", r.dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}

	return &keeper{rig: r, store: r.path(".rr", "backups"), mirror: r.path("mirror")}
}

// must runs a command that has to succeed.
func (k *keeper) must(args ...string) result {
	k.t.Helper()
	got := k.rr(args...)
	if got.code != exitOK {
		k.t.Fatalf("rr %v: %s", args, got)
	}

	return got
}

// holds lays files down and backs them up.
func (k *keeper) holds(f folder) {
	k.t.Helper()
	lay(k.t, k.path("data"), f)
	k.must("backup", "create", "data")
}

// list is what rr backup list tells.
func (k *keeper) list() []backup.Backup {
	k.t.Helper()

	return decode[struct {
		Backups []backup.Backup `json:"backups"`
	}](k.t, k.must("backup", "list", "-o", "json")).Backups
}

// good are those backups that a restore would take, the newest last.
func good(all []backup.Backup) []backup.Backup {
	return slices.DeleteFunc(slices.Clone(all), func(b backup.Backup) bool { return b.State != backup.Good || b.Damaged != "" })
}

// lastGood is the newest good backup.
func (k *keeper) lastGood() backup.Backup {
	k.t.Helper()
	all := good(k.list())
	if len(all) == 0 {
		k.t.Fatal("there is no good backup")
	}

	return all[len(all)-1]
}

// archive is where a backup is, below a store.
func archive(store string, b backup.Backup) string {
	dir, name := filepath.Split(b.ID)
	if b.State == backup.Evidence {
		dir = filepath.Join(dir, "evidence")
	}
	name += ".tar.zst"
	if b.Encrypted {
		name += ".age"
	}

	return filepath.Join(store, dir, name)
}

// isWhole holds that an archive has the bytes that the list tells of.
func isWhole(t *testing.T, store string, b backup.Backup) {
	t.Helper()
	text, err := os.ReadFile(archive(store, b))
	if err != nil {
		t.Errorf("%s is listed as %s: %v", b.ID, b.State, err)
		return
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != b.Archive {
		t.Errorf("%s is listed as %s, and its bytes are others", b.ID, b.State)
	}
}

// inside is what a backup that is not encrypted holds, read without rr.
func inside(t *testing.T, path string) folder {
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
	f := folder{}
	for entries := tar.NewReader(plain); ; {
		h, err := entries.Next()
		if err == io.EOF {
			return f
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if name, of := strings.CutPrefix(h.Name, "files/"); of {
			f[name] = string(content)
		}
	}
}

// debris names what rr has left in the folders that it writes to and that is
// nobody's: what it was writing, and what it does not know.
func (k *keeper) debris() []string {
	k.t.Helper()
	known := map[string]bool{}
	for _, b := range k.list() {
		known[archive(k.store, b)], known[archive(k.mirror, b)] = true, true
	}
	var found []string
	for _, dir := range []string{k.path(".rr"), k.path("data"), k.mirror} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			name, below := d.Name(), strings.TrimPrefix(path, k.dir+"/")
			unknown := strings.Contains(name, ".tar.zst") && !known[path]
			scratch := strings.HasPrefix(below, ".rr/drill/") || strings.HasPrefix(below, ".rr/.rr-copy-")
			if unknown || scratch || strings.HasPrefix(name, ".tmp-") || strings.HasPrefix(name, ".rr-restore-") || strings.HasSuffix(name, ".damaged") {
				found = append(found, below)
			}

			return nil
		})
		if err != nil {
			k.t.Fatal(err)
		}
	}

	return found
}

// eitherOr holds that each file in place is one of two versions, and that there
// is no other but what a restore keeps aside.
func (k *keeper) eitherOr(what string, versions ...folder) {
	k.t.Helper()
	live := laid(k.t, k.path("data"))
	paths := map[string]bool{}
	for _, v := range append(versions, live) {
		for path := range v {
			paths[path] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if strings.HasPrefix(path, ".rr-restore-") {
			continue
		}
		now, there := live[path]
		if !slices.ContainsFunc(versions, func(v folder) bool { was, had := v[path]; return had == there && was == now }) {
			k.t.Errorf("%s: %s is %.40q (there: %t), which it never was", what, path, now, there)
		}
	}
}
