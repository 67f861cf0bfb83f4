package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Verify reads a backup again to its last byte: its archive against the index,
// then decrypted and decompressed every file against the manifest. What it finds
// is remembered: a backup that is damaged is not restored from and not counted
// as good, until it verifies again.
//
// The error is an ErrDamaged when it is damaged or gone. It is an ErrNoIdentity
// when the archive has the right bytes but nobody here can open it; that is
// remembered as Backup.HashedAt. It is an ErrNotNoted, and none of the others,
// when the backup is whole and that could not be written down.
func (s *Store) Verify(ctx context.Context, id string) error {
	b, err := s.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("verify %w", err)
	}
	m, found := s.read(ctx, b, nil)
	err = s.remember(ctx, b, m, found)
	switch {
	case found != nil && err != nil:
		return fmt.Errorf("verify %s: %w (which is not noted: %w)", id, found, err)
	case found != nil:
		return fmt.Errorf("verify %s: %w", id, found)
	case err != nil:
		return fmt.Errorf("verify %s: %w: %w", id, ErrNotNoted, err)
	}

	return nil
}

func (s *Store) remember(ctx context.Context, b Backup, m Manifest, found error) error {
	switch {
	case found == nil, errors.Is(found, ErrDamaged), errors.Is(found, ErrNoIdentity):
	default:
		return nil // nothing was learnt of the backup
	}

	return s.update(ctx, b.Set, func(x *index) {
		known := x.find(b.ID)
		if known == nil {
			return // pruned meanwhile
		}
		if errors.Is(found, ErrDamaged) {
			known.Damaged = strings.TrimPrefix(oneLine(found), ErrDamaged.Error()+": ")
			return
		}
		known.Damaged, known.HashedAt = "", s.now()
		if found == nil {
			known.VerifiedAt = s.now()
			s.describe(known, m)
		}
	})
}

// describe tells in the index what is in a backup.
func (s *Store) describe(b *Backup, m Manifest) {
	b.describe(m)
	s.conceal(b)
}

// conceal has a mirror tell nothing of what is encrypted: it may lie where
// others look.
func (s *Store) conceal(b *Backup) {
	if s.mirror && b.Encrypted {
		b.Content, b.Files, b.Reason = "", nil, ""
	}
}

// open opens an archive after it held its bytes against the index.
func (s *Store) open(b Backup) (*os.File, error) {
	f, err := os.OpenFile(s.path(b), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: its archive is gone", ErrDamaged)
	case err != nil:
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: its archive is %s", ErrDamaged, kindOf(info.Mode()))
	}
	if err == nil {
		err = checkArchive(f, b.Archive, b.Size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}

	return f, nil
}

// checkArchive holds that an open archive has the bytes that it should have, and
// leaves it at its beginning.
func checkArchive(f *os.File, want string, size int64) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want || n != size {
		return fmt.Errorf("%w: the archive has %d bytes with sha256 %.16s, want %d with %.16s", ErrDamaged, n, got, size, want)
	}
	_, err = f.Seek(0, io.SeekStart)

	return err
}

// read reads all of a backup, verifying every byte of it. What visit got is true
// only when the error is nil.
func (s *Store) read(ctx context.Context, b Backup, visit visitor) (Manifest, error) {
	f, err := s.open(b)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	m, err := s.unpack(f, b.Encrypted, func(e Entry, r io.Reader) error {
		if err := ctx.Err(); err != nil || visit == nil {
			return err
		}

		return visit(e, r)
	})
	if err != nil {
		return Manifest{}, err
	}
	if m.Set != b.Set || m.State != b.State || b.Content != "" && m.Content != b.Content {
		return Manifest{}, fmt.Errorf("%w: it is another backup than the index says, of %s, %s", ErrDamaged, m.Set, m.State)
	}

	return m, nil
}

// Drill is what came of restoring a backup to nowhere.
type Drill struct {
	Files    int
	Bytes    int64
	Took     time.Duration // to verify it and write all files to disk
	Problems []string      // what is wrong with the restored files; none after a good drill
}

// Drill restores a backup into a private folder below scratch, which it makes
// and removes, reads every file from there again, and asks the judge about each.
// A drill without problems is remembered with the time it took.
func (s *Store) Drill(ctx context.Context, id, scratch string, judge Judge) (Drill, error) {
	b, err := s.Get(ctx, id)
	if err != nil {
		return Drill{}, fmt.Errorf("drill %w", err)
	}
	drill, m, err := s.drill(ctx, b, scratch, judge)
	if err != nil {
		return Drill{}, errors.Join(fmt.Errorf("drill %s: %w", id, err), s.remember(ctx, b, m, err))
	}
	if err := s.remember(ctx, b, m, nil); err != nil {
		return drill, fmt.Errorf("drill %s: %w", id, err)
	}
	if len(drill.Problems) > 0 {
		return drill, nil
	}
	err = s.update(ctx, b.Set, func(x *index) {
		if known := x.find(id); known != nil {
			known.DrilledAt, known.RestoreMS = s.now(), max(1, drill.Took.Milliseconds())
		}
	})
	if err != nil {
		return drill, fmt.Errorf("drill %s: %w", id, err)
	}

	return drill, nil
}

func (s *Store) drill(ctx context.Context, b Backup, scratch string, judge Judge) (Drill, Manifest, error) {
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return Drill{}, Manifest{}, err
	}
	root, err := os.OpenRoot(scratch)
	if err != nil {
		return Drill{}, Manifest{}, err
	}
	defer root.Close()
	stage, err := openStage(root)
	if err != nil {
		return Drill{}, Manifest{}, err
	}
	defer stage.close()
	var drill Drill
	begin := time.Now()
	m, err := s.read(ctx, b, func(e Entry, r io.Reader) error {
		drill.Files++
		drill.Bytes += e.Size

		return stage.put(drill.Files-1, e, r, noChange)
	})
	if err != nil {
		return Drill{}, Manifest{}, err
	}
	drill.Took = time.Since(begin)
	for i, e := range m.Files {
		if problem := s.judgeRestored(stage, i, e, judge, b.Secret); problem != "" {
			drill.Problems = append(drill.Problems, e.Path+": "+problem)
		}
	}

	return drill, m, nil
}

// judgeRestored reads a restored file as whoever needs it would, and says what
// is wrong with it. What the judge says of a secret may quote it.
func (s *Store) judgeRestored(stage *stage, i int, e Entry, judge Judge, secret bool) string {
	content, mode, _, err := readPlain(stage.root, stage.path(i), s.options.MaxFile)
	switch {
	case err != nil:
		return oneLine(err)
	case hashOf(content) != e.SHA256:
		return "restored with other content"
	case Mode(mode) != e.Mode:
		return fmt.Sprintf("restored with mode %s, want %s", Mode(mode), e.Mode)
	case judge == nil:
		return ""
	}
	if err = judge(e.Path, content); err == nil {
		return ""
	}
	e.Problem, e.Tells = problemOf(err)

	return e.problem(secret)
}
