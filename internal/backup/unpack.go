package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// overhead bounds what an archive has per file beside the file, in bytes: its
// headers, with a long name, and padding.
const overhead = 8 << 10

// visitor gets the files of an archive one after the other. What it reads is
// verified only once unpack has returned without error.
type visitor func(Entry, io.Reader) error

// unpack reads an archive to its very end and holds every byte of it against its
// manifest. It takes exactly what pack writes: what else a tar can hold, such as
// links, devices, names twice or in another order, is refused as damage. It
// reads no more than the manifest declares, nor than the limits allow.
//
// The error is an ErrDamaged, ErrLimit, ErrNoIdentity or ErrRefused (a newer
// format); any other is one of reading.
func (s *Store) unpack(r io.Reader, encrypted bool, visit visitor) (Manifest, error) {
	source := &faulty{r: r}
	m, err := s.unpackFrom(source, encrypted, visit)
	if source.err != nil {
		return Manifest{}, fmt.Errorf("read the archive: %w", source.err) // not the archive's fault
	}
	if err != nil {
		return Manifest{}, err
	}

	return m, nil
}

func (s *Store) unpackFrom(r io.Reader, encrypted bool, visit visitor) (Manifest, error) {
	if encrypted {
		opened, err := s.decrypt(r)
		if err != nil {
			return Manifest{}, err
		}
		r = opened
	}
	plain, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*windowSize))
	if err != nil {
		return Manifest{}, err
	}
	defer plain.Close()
	bounded := &bounded{r: plain, left: maxManifest + overhead}

	return unpackEntries(bounded, s.limits(), visit)
}

func (s *Store) decrypt(r io.Reader) (io.Reader, error) {
	if s.options.Identities == nil {
		return nil, fmt.Errorf("%w: none is named in backup.identity_file or backup.identity_env", ErrNoIdentity)
	}
	identities, err := s.options.Identities()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoIdentity, err)
	}
	if len(identities) == 0 {
		return nil, fmt.Errorf("%w: there is none where one is named", ErrNoIdentity)
	}
	opened, err := age.Decrypt(r, identities...)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, fmt.Errorf("%w: it is encrypted for another; the identity of one of its recipients has to be among those that are named", ErrNoIdentity)
	case err != nil:
		return nil, fmt.Errorf("%w: decrypt: %w", ErrDamaged, err)
	}

	return opened, nil
}

func unpackEntries(r *bounded, limits limits, visit visitor) (Manifest, error) {
	entries := tar.NewReader(r)
	m, err := unpackManifest(entries, limits)
	if err != nil {
		return Manifest{}, err
	}
	r.left = int64(len(m.Files)+1) * overhead
	for _, e := range m.Files {
		r.left += e.Size
	}
	for _, e := range m.Files {
		if err := unpackEntry(entries, e, visit); err != nil {
			return Manifest{}, err
		}
	}
	if h, err := entries.Next(); err != io.EOF {
		return Manifest{}, fmt.Errorf("%w: after its last file: %w", ErrDamaged, unexpected(h, err))
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n != 0 || err != io.EOF {
		return Manifest{}, fmt.Errorf("%w: something follows the end of the tar (%v)", ErrDamaged, err)
	}

	return m, nil
}

func unpackManifest(r *tar.Reader, limits limits) (Manifest, error) {
	h, err := r.Next()
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrDamaged, unexpected(h, err))
	}
	if h.Name != manifestName || h.Typeflag != tar.TypeReg || h.Size > maxManifest {
		return Manifest{}, fmt.Errorf("%w: its first entry is %q with %d bytes, want %s", ErrDamaged, h.Name, h.Size, manifestName)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrDamaged, err)
	}
	m, err := decodeManifest(text, limits)
	if err != nil {
		return Manifest{}, err
	}

	return m, sameHeader(h, manifestHeader(h.Size, m.Created))
}

func unpackEntry(r *tar.Reader, e Entry, visit visitor) error {
	h, err := r.Next()
	if err != nil {
		return fmt.Errorf("%w: where %s should be: %w", ErrDamaged, e.Path, unexpected(h, err))
	}
	if err := sameHeader(h, fileHeader(e)); err != nil {
		return err
	}
	sum := sha256.New()
	content := &faulty{r: io.TeeReader(r, sum)}
	if visit != nil {
		if err := visit(e, content); err != nil && content.err == nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, e.Path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != e.SHA256 {
		return fmt.Errorf("%w: %s has sha256 %.16s, want %.16s", ErrDamaged, e.Path, got, e.SHA256)
	}

	return nil
}

// sameHeader holds that a tar header says what the manifest says, and nothing
// else. So no link, no device, no owner and no other name gets in.
func sameHeader(got, want *tar.Header) error {
	switch {
	case got.Typeflag != want.Typeflag:
		return fmt.Errorf("%w: %q is of type %q in the tar, want a plain file", ErrDamaged, got.Name, string(got.Typeflag))
	case got.Name != want.Name:
		return fmt.Errorf("%w: the tar has %q where the manifest has %q", ErrDamaged, got.Name, want.Name)
	case got.Size != want.Size:
		return fmt.Errorf("%w: %q has %d bytes in the tar, want %d", ErrDamaged, got.Name, got.Size, want.Size)
	case got.Mode != want.Mode || !got.ModTime.Equal(want.ModTime):
		return fmt.Errorf("%w: %q has mode %04o and time %s in the tar, want %04o and %s", ErrDamaged, got.Name, got.Mode, got.ModTime.UTC(), want.Mode, want.ModTime)
	case got.Linkname != "" || got.Uid != 0 || got.Gid != 0 || got.Uname != "" || got.Gname != "" || got.Devmajor != 0 || got.Devminor != 0:
		return fmt.Errorf("%w: %q has a link, an owner or a device in the tar", ErrDamaged, got.Name)
	}
	for _, key := range slices.Sorted(maps.Keys(got.PAXRecords)) {
		if key != "path" {
			return fmt.Errorf("%w: %q has the record %q in the tar", ErrDamaged, got.Name, key)
		}
	}

	return nil
}

// unexpected says what is there instead of what should be there.
func unexpected(h *tar.Header, err error) error {
	switch {
	case err == io.EOF:
		return errors.New("it ends too early")
	case err != nil:
		return err
	}

	return fmt.Errorf("there is %q", h.Name)
}

// faulty remembers an error of the reader below, which the readers above it
// disguise as damage.
type faulty struct {
	r   io.Reader
	err error
}

func (f *faulty) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}

	return n, err
}

// bounded refuses to read more than it should, unlike io.LimitReader, which
// would say that this was all.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errors.New("there is more in it than it declares")
	}

	return n, err
}
