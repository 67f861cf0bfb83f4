package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// File is a file to back up.
type File struct {
	Path string // what it is called in the backup: relative, with slashes

	// From is the file, absolute, or relative to Root. Neither it nor a folder
	// below Root may be a link out of Root; it itself may be none at all.
	Root, From string

	// Content gives its content instead of From, as for a database that has to
	// be copied by its own means.
	Content func(context.Context) ([]byte, error)

	Mode fs.FileMode // permission bits; 0 are those of From, or 0600 with Content
}

// Judge says what is wrong with a file; nil when it is valid. The content is
// not to be changed or kept.
type Judge func(path string, content []byte) error

// Unquoted is what is wrong with a file, said without quoting anything of it. A
// judge that errs with one has it told of secrets too.
type Unquoted string

func (u Unquoted) Error() string { return string(u) }

// problemOf says what a judge said, and whether that quotes nothing of the file.
func problemOf(err error) (problem string, tells bool) {
	var unquoted Unquoted
	if errors.As(err, &unquoted) {
		return oneLine(unquoted), true
	}

	return oneLine(err), false
}

// gathered is what was read for one backup, sorted by path.
type gathered struct {
	entries  []Entry
	contents [][]byte
	valid    bool
}

// gather reads every file once and judges what it read, so that what was judged
// is what is stored.
func (s *Store) gather(ctx context.Context, files []File, judge Judge) (gathered, error) {
	if len(files) == 0 {
		return gathered{}, ErrEmpty
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	limits := s.limits()
	g := gathered{valid: true}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return gathered{}, err
		}
		entry, content, err := f.read(ctx, limits.file)
		if err != nil {
			return gathered{}, fmt.Errorf("%s: %w", f.Path, err)
		}
		if judge != nil {
			if err := judge(f.Path, content); err != nil {
				entry.Problem, entry.Tells = problemOf(err)
				g.valid = false
			}
		}
		g.entries, g.contents = append(g.entries, entry), append(g.contents, content)
		if err := limits.check(g.entries); err != nil {
			return gathered{}, err
		}
	}

	return g, checkPaths(g.entries)
}

// oneLine is an error as a note that is never empty.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "?")), " ")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "..."
	}

	return cmp.Or(text, unsaid)
}

func (f File) read(ctx context.Context, limit int64) (Entry, []byte, error) {
	if err := checkPath(f.Path); err != nil {
		return Entry{}, nil, err
	}
	if f.Mode&^fs.ModePerm != 0 {
		return Entry{}, nil, fmt.Errorf("mode %v is more than permission bits", f.Mode)
	}
	read := f.readFrom
	if f.Content != nil {
		read = f.readContent
	}
	content, mode, modTime, err := read(ctx, limit)
	if err != nil {
		return Entry{}, nil, err
	}
	if f.Mode != 0 {
		mode = f.Mode
	}

	return Entry{
		Path: f.Path, SHA256: hashOf(content), Size: int64(len(content)), Mode: Mode(mode.Perm()), ModTime: tarTime(modTime),
	}, content, nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)

	return hex.EncodeToString(sum[:])
}

// tarTime is a time that every tar can hold.
func tarTime(t time.Time) time.Time {
	return time.Unix(min(max(t.Unix(), 0), 1<<33-1), 0).UTC()
}

func (f File) readContent(ctx context.Context, limit int64) ([]byte, fs.FileMode, time.Time, error) {
	content, err := f.Content(ctx)
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%d bytes: %w of %d (max_file)", len(content), ErrLimit, limit)
	}

	return content, 0o600, time.Time{}, err
}

func (f File) readFrom(_ context.Context, limit int64) ([]byte, fs.FileMode, time.Time, error) {
	dir, name := f.Root, filepath.FromSlash(f.From)
	if dir == "" {
		dir, name = filepath.Split(name)
	}
	if !filepath.IsAbs(dir) {
		return nil, 0, time.Time{}, fmt.Errorf("%s is not absolute", filepath.Join(f.Root, f.From))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	defer root.Close()

	return readPlain(root, name, limit)
}

// readPlain reads a plain file below a root, of at most so many bytes. It opens
// no link, and waits for no fifo.
func readPlain(root *os.Root, name string, limit int64) ([]byte, fs.FileMode, time.Time, error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	if !before.Mode().IsRegular() {
		return nil, 0, time.Time{}, fmt.Errorf("%w: %s is not a plain file but %s", ErrRefused, filepath.Join(root.Name(), name), kindOf(before.Mode()))
	}
	f, err := root.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	if !os.SameFile(before, info) {
		return nil, 0, time.Time{}, errors.New("it was replaced while it was read: try again")
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%d bytes: %w of %d (max_file)", max(info.Size(), limit+1), ErrLimit, limit)
	}

	return content, info.Mode().Perm(), info.ModTime(), err
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a fifo"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode.IsRegular():
		return "a file"
	}

	return mode.Type().String()
}
