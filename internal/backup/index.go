package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

const (
	indexName   = "index.json"
	indexFormat = 1
	maxNotes    = 20
)

// Backup is one archive as the index knows it.
type Backup struct {
	ID         string    `json:"id"` // <set>/<time>-<hash>
	Set        string    `json:"set"`
	Sequence   int64     `json:"sequence"`             // the order of a set's backups
	State      string    `json:"state"`                // Good, Evidence or Replaced
	Reason     string    `json:"reason,omitempty"`     // why it is evidence
	Archive    string    `json:"archive"`              // sha256 of the file, hex
	Size       int64     `json:"size"`                 // of the file, bytes
	Encrypted  bool      `json:"encrypted"`            // with age
	Recipients string    `json:"recipients,omitempty"` // a hash of whom for
	Secret     bool      `json:"secret"`               // it holds secrets: its content is not shown
	Content    string    `json:"content,omitempty"`    // equal for equal content; empty when nobody could look into it
	Files      []Entry   `json:"files,omitempty"`      // likewise
	Created    time.Time `json:"created"`
	Touched    time.Time `json:"touched"`              // when its content was last seen
	HashedAt   time.Time `json:"hashed_at,omitzero"`   // when its bytes were last right
	VerifiedAt time.Time `json:"verified_at,omitzero"` // when all in it was last right
	DrilledAt  time.Time `json:"drilled_at,omitzero"`  // when a drill last succeeded
	RestoreMS  int64     `json:"restore_ms,omitzero"`  // how long that took
	Damaged    string    `json:"damaged,omitempty"`    // what Verify found; empty when nothing
}

// Note is something that rr did to an index by itself.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// index is what is remembered of a set.
type index struct {
	Set      string   `json:"set"`
	Sequence int64    `json:"sequence"`          // the highest ever given
	Backups  []Backup `json:"backups"`           // the newest last
	Leaving  []string `json:"leaving,omitempty"` // archives below the set's folder that are being removed
	Notes    []Note   `json:"notes,omitempty"`   // the newest last

	changed bool // since it was read, by begin
}

// indexFile is an index on disk, with its own sha256: a flipped bit can leave
// good JSON.
type indexFile struct {
	Format int             `json:"format"`
	SHA256 string          `json:"sha256"`
	Index  json.RawMessage `json:"index"`
}

func encodeIndex(x index) ([]byte, error) {
	body, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(indexFile{Format: indexFormat, SHA256: sumIndex(indexFormat, body), Index: body})

	return append(text, '\n'), err
}

// sumIndex is over the format too: one flipped bit must not make it newer.
func sumIndex(format int, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s", format, body)

	return hex.EncodeToString(h.Sum(nil))
}

// decodeIndex reads the index of a set. The error is an ErrIndex, or an
// ErrRefused when a newer rr wrote it.
func decodeIndex(text []byte, set string) (index, error) {
	var file indexFile
	if err := json.Unmarshal(text, &file); err != nil {
		return index{}, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	if sumIndex(file.Format, file.Index) != file.SHA256 {
		return index{}, fmt.Errorf("%w: its sha256 differs", ErrIndex)
	}
	if file.Format > indexFormat {
		return index{}, fmt.Errorf("%w: the index has format %d, of a newer rr", ErrRefused, file.Format)
	}
	decoder := json.NewDecoder(bytes.NewReader(file.Index))
	decoder.DisallowUnknownFields()
	var x index
	if err := decoder.Decode(&x); err != nil {
		return index{}, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	if err := x.check(set); err != nil {
		return index{}, fmt.Errorf("%w: %w", ErrIndex, err)
	}

	return x, nil
}

func (x index) check(set string) error {
	if x.Set != set {
		return fmt.Errorf("it is of set %q", x.Set)
	}
	if x.Sequence < 0 || x.Sequence > maxSequence {
		return fmt.Errorf("sequence %d is impossible", x.Sequence)
	}
	last := int64(0)
	for _, b := range x.Backups {
		if err := b.check(set); err != nil {
			return fmt.Errorf("%q: %w", b.ID, err)
		}
		if b.Sequence <= last || b.Sequence > x.Sequence {
			return fmt.Errorf("%q has sequence %d after %d of %d", b.ID, b.Sequence, last, x.Sequence)
		}
		last = b.Sequence
	}
	for _, name := range x.Leaving {
		if !isArchive(filepath.Base(name)) || name != filepath.Base(name) && name != evidenceFolder+"/"+filepath.Base(name) {
			return fmt.Errorf("%q is no archive to remove", name)
		}
	}

	return nil
}

func (b Backup) check(set string) error {
	of, name, err := splitID(b.ID)
	switch {
	case err != nil:
		return err
	case of != set || b.Set != set:
		return fmt.Errorf("it is of set %q", b.Set)
	case b.State != Good && b.State != Evidence && b.State != Replaced:
		return fmt.Errorf("state %q is unknown", b.State)
	case !hexSHA256.MatchString(b.Archive) || name != nameOf(b.Created, b.Archive):
		return errors.New("its name does not fit its time and hash")
	case b.Size < 0:
		return fmt.Errorf("it has %d bytes", b.Size)
	case len(b.Files) > 0 && contentHash(b.Files) != b.Content:
		return errors.New("its content hash does not fit its files")
	}

	return checkEntries(b.Files)
}

func (x *index) find(id string) *Backup {
	i := slices.IndexFunc(x.Backups, func(b Backup) bool { return b.ID == id })
	if i < 0 {
		return nil
	}

	return &x.Backups[i]
}

// newest gives the newest backup that is wanted, or nil.
func (x *index) newest(wanted func(Backup) bool) *Backup {
	for i := len(x.Backups) - 1; i >= 0; i-- {
		if wanted(x.Backups[i]) {
			return &x.Backups[i]
		}
	}

	return nil
}

func (x *index) note(at time.Time, format string, args ...any) {
	x.changed = true
	x.Notes = append(x.Notes, Note{At: at, Text: fmt.Sprintf(format, args...)})
	x.Notes = x.Notes[max(0, len(x.Notes)-maxNotes):]
}

func (s *Store) folder(set string) string { return filepath.Join(s.dir, filepath.FromSlash(set)) }

// CheckIndex says why the index of a set cannot be believed, as an ErrIndex; nil
// where it can, or where there is none. It costs little: no archive is read.
func (s *Store) CheckIndex(set string) error {
	if err := checkSet(set); err != nil {
		return err
	}
	_, err := s.readIndex(set)

	return err
}

// load gives the index of a set, rebuilt when it is damaged.
func (s *Store) load(ctx context.Context, set string) (index, error) {
	if err := checkSet(set); err != nil {
		return index{}, err
	}
	x, err := s.readIndex(set)
	if !errors.Is(err, ErrIndex) {
		return x, err
	}
	if s.looks {
		x = index{Set: set}
		err = s.adoptAll(ctx, set, &x)

		return x, err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return index{}, err
	}
	defer unlock()

	return s.begin(ctx, set)
}

// update changes the index of a set that is there.
func (s *Store) update(ctx context.Context, set string, change func(*index)) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	x, err := s.begin(ctx, set)
	if err != nil {
		return err
	}
	change(&x)

	return s.writeIndex(x)
}

func (s *Store) writeIndex(x index) error {
	text, err := encodeIndex(x)
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	if err := s.replaceFile(filepath.Join(s.folder(x.Set), indexName), text); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}

	return nil
}
