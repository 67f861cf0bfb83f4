package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"
)

// manifestFormat is the version of archives. An older rr refuses a newer one.
const manifestFormat = 1

// The names of an archive's entries: manifest.json first, then files/PATH in
// the manifest's order.
const (
	manifestName = "manifest.json"
	filesFolder  = "files/"
)

// maxManifest bounds the manifest of an archive, in bytes.
const maxManifest = 16 << 20

// maxSequence leaves room to count on.
const maxSequence = 1 << 52

// States of a backup.
const (
	Good     = "good"     // every file was valid when it was made
	Evidence = "evidence" // at least one was not
	Replaced = "replaced" // what a restore replaced; nothing is said of its validity
)

// Mode is the permission bits of a file, written in octal: "0644".
type Mode uint32

// MarshalText writes it in octal.
func (m Mode) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04o", uint32(m)), nil }

// UnmarshalText reads it in octal; permission bits are all that it may have.
func (m *Mode) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 32)
	if err != nil || fs.FileMode(n)&^fs.ModePerm != 0 || len(text) != 4 {
		return fmt.Errorf("%q is no mode: want permission bits like 0644", text)
	}
	*m = Mode(n)

	return nil
}

// String is the mode in octal.
func (m Mode) String() string { return fmt.Sprintf("%04o", uint32(m)) }

// Entry is one file of a backup.
type Entry struct {
	Path    string    `json:"path"`   // logical: relative, with slashes
	SHA256  string    `json:"sha256"` // of its content, hex
	Size    int64     `json:"size"`   // bytes
	Mode    Mode      `json:"mode"`
	ModTime time.Time `json:"mtime"`             // UTC, whole seconds
	Problem string    `json:"problem,omitempty"` // why it is not valid; empty when it is
	Tells   bool      `json:"tells,omitempty"`   // Problem quotes nothing of the file
}

// problem is what may be said outside of an archive of what is wrong with a
// file: of a secret what quotes nothing of it.
func (e Entry) problem(secret bool) string {
	if e.Problem != "" && secret && !e.Tells {
		return unsaid
	}

	return e.Problem
}

// unsaid stands for what may quote a secret.
const unsaid = "it did not validate"

// Manifest is what an archive says of itself.
type Manifest struct {
	Format   int       `json:"format"`
	Version  string    `json:"rr"`
	Host     string    `json:"host"`
	Set      string    `json:"set"`
	Sequence int64     `json:"sequence"` // counts the backups of a set: the order when clocks jump
	Created  time.Time `json:"created"`
	State    string    `json:"state"`
	Secret   bool      `json:"secret"`
	Content  string    `json:"content"` // sha256 over paths, sha256 and modes, hex
	Files    []Entry   `json:"files"`
}

// contentHash is equal for equal paths, contents and modes, whenever they were
// written.
func contentHash(entries []Entry) string {
	h := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(h, "%s %s %q\n", e.SHA256, e.Mode, e.Path)
	}

	return hex.EncodeToString(h.Sum(nil))
}

func encodeManifest(m Manifest) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")

	return append(text, '\n'), err
}

// decodeManifest reads a manifest and holds it against limits. What it gives is
// safe to act on: clean paths, each once, and sizes that add up to no more than
// the limits allow.
func decodeManifest(text []byte, limits limits) (Manifest, error) {
	var version struct{ Format int }
	if err := json.Unmarshal(text, &version); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
	}
	if version.Format > manifestFormat {
		return Manifest{}, fmt.Errorf("%w: the manifest has format %d, of a newer rr", ErrRefused, version.Format)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var m Manifest
	if err := decoder.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Manifest{}, fmt.Errorf("%w: manifest: something follows it", ErrDamaged)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
	}

	return m, limits.check(m.Files)
}

func (m Manifest) check() error {
	if m.Format != manifestFormat {
		return fmt.Errorf("format %d is unknown", m.Format)
	}
	if err := checkSet(m.Set); err != nil {
		return err
	}
	if m.State != Good && m.State != Evidence && m.State != Replaced {
		return fmt.Errorf("state %q is unknown", m.State)
	}
	if m.Sequence < 1 || m.Sequence > maxSequence {
		return fmt.Errorf("sequence %d is impossible", m.Sequence)
	}
	if len(m.Files) == 0 {
		return ErrEmpty
	}
	if err := checkEntries(m.Files); err != nil {
		return err
	}
	if m.Content != contentHash(m.Files) {
		return fmt.Errorf("content hash %.16s is not that of its files", m.Content)
	}

	return nil
}

func checkEntries(entries []Entry) error {
	for _, e := range entries {
		switch {
		case e.Size < 0:
			return fmt.Errorf("%q has a size of %d", e.Path, e.Size)
		case !hexSHA256.MatchString(e.SHA256):
			return fmt.Errorf("%q has sha256 %q", e.Path, e.SHA256)
		}
	}

	return checkPaths(entries)
}

// limits bound what is taken into a backup and out of it.
type limits struct {
	file, total int64 // bytes
	files       int
}

func (s *Store) limits() limits {
	return limits{file: s.options.MaxFile, total: s.options.MaxTotal, files: s.options.MaxFiles}
}

func (l limits) check(entries []Entry) error {
	if len(entries) > l.files {
		return fmt.Errorf("%d files: %w of %d (max_files)", len(entries), ErrLimit, l.files)
	}
	var total int64
	for _, e := range entries {
		if e.Size > l.file {
			return fmt.Errorf("%s has %d bytes: %w of %d (max_file)", e.Path, e.Size, ErrLimit, l.file)
		}
		if total += e.Size; total > l.total {
			return fmt.Errorf("%s makes it more than %d bytes: %w (max_total)", e.Path, l.total, ErrLimit)
		}
	}

	return nil
}
