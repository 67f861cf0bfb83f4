package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// windowSize is how far zstd looks back, and what opening an archive costs in
// memory.
const windowSize = 4 << 20

// pack writes an archive: a tar with the manifest first, in zstd, encrypted
// when there are recipients. contents are those of the manifest's files.
func pack(w io.Writer, m Manifest, contents [][]byte, recipients []age.Recipient) (err error) {
	var closers []io.Closer
	defer func() {
		for _, c := range closers { // the innermost first, each once
			err = errors.Join(err, c.Close())
		}
	}()
	if len(recipients) > 0 {
		sealed, err := age.Encrypt(w, recipients...)
		if err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
		closers, w = append(closers, sealed), sealed
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowSize), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	entries := tar.NewWriter(packed)
	closers = append([]io.Closer{entries, packed}, closers...)

	return packEntries(entries, m, contents)
}

func packEntries(w *tar.Writer, m Manifest, contents [][]byte) error {
	text, err := encodeManifest(m)
	if err != nil {
		return err
	}
	if len(text) > maxManifest {
		return fmt.Errorf("a manifest of %d bytes: %w of %d", len(text), ErrLimit, maxManifest)
	}
	if err := packEntry(w, manifestHeader(int64(len(text)), m.Created), text); err != nil {
		return err
	}
	for i, e := range m.Files {
		if err := packEntry(w, fileHeader(e), contents[i]); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}

	return nil
}

func packEntry(w *tar.Writer, h *tar.Header, content []byte) error {
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(w, bytes.NewReader(content))

	return err
}

func manifestHeader(size int64, created time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: manifestName, Size: size, Mode: 0o600, ModTime: created.Truncate(time.Second)}
}

// fileHeader is the one header that an entry has; unpack takes no other.
func fileHeader(e Entry) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: filesFolder + e.Path, Size: e.Size, Mode: int64(e.Mode), ModTime: e.ModTime}
}

// tmpPrefix begins the names of files that are being written. Under the lock
// they are debris.
const tmpPrefix = ".tmp-"

// written is an archive that is on disk under a temporary name.
type written struct {
	path   string
	sha256 string
	size   int64

	verified bool // it was opened again, not only hashed
}

// writeArchive writes an archive into a folder and reads it back. On an error
// nothing is left of it.
func (s *Store) writeArchive(folder string, m Manifest, contents [][]byte, recipients []age.Recipient) (written, error) {
	f, err := os.OpenFile(filepath.Join(folder, tmpPrefix+newID()), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return written{}, err
	}
	defer f.Close()
	s.failpoint("archive opened")
	done, err := s.fillArchive(f, m, contents, recipients)
	if err != nil {
		return written{}, errors.Join(err, os.Remove(f.Name()))
	}

	return done, nil
}

func (s *Store) fillArchive(f *os.File, m Manifest, contents [][]byte, recipients []age.Recipient) (written, error) {
	sum := sha256.New()
	if err := pack(io.MultiWriter(f, sum), m, contents, recipients); err != nil {
		return written{}, err
	}
	s.failpoint("archive written")
	if err := f.Sync(); err != nil {
		return written{}, err
	}
	s.failpoint("archive synced")
	w := written{path: f.Name(), sha256: hex.EncodeToString(sum.Sum(nil))}
	var err error
	if w.size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return written{}, err
	}

	w.verified, err = s.readBack(f, w, m, len(recipients) > 0)

	return w, err
}

// readBack holds that what is on disk is what was to be written, and says
// whether it could look into it.
func (s *Store) readBack(f *os.File, w written, m Manifest, encrypted bool) (verified bool, err error) {
	if err := checkArchive(f, w.sha256, w.size); err != nil {
		return false, fmt.Errorf("read it back: %w", err)
	}
	got, err := s.unpack(f, encrypted, nil)
	switch {
	case errors.Is(err, ErrNoIdentity):
		return false, nil // its bytes are right, and nobody here can look into it
	case err != nil:
		return false, fmt.Errorf("read it back: %w", err)
	case got.Content != m.Content:
		return false, fmt.Errorf("read it back: %w: it has content %.16s, want %.16s", ErrDamaged, got.Content, m.Content)
	}

	return true, nil
}
