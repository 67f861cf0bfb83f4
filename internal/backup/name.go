package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	replacedFolder = "replaced"
	evidenceFolder = "evidence"
	plainSuffix    = ".tar.zst"
	ageSuffix      = ".tar.zst.age"
	stampLayout    = "20060102T150405.000Z"
	hashDigits     = 16 // of the archive's sha256, in its name
)

var (
	setName     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	archiveName = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{16}$`)
	hexSHA256   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ReplacedBy is the set in which what restores of a set replaced is kept.
func ReplacedBy(set string) string { return replacedFolder + "/" + set }

// checkSet says what is wrong with the name of a set.
func checkSet(set string) error {
	name := strings.TrimPrefix(set, replacedFolder+"/")
	if !setName.MatchString(name) || name == replacedFolder {
		return fmt.Errorf("%q is no name of a set: want letters, digits, '.', '_' and '-', at most 64", set)
	}

	return nil
}

// splitID parts an id, "<set>/<time>-<hash>", into its set and its name.
func splitID(id string) (set, name string, err error) {
	set, name = path.Split(id)
	set = strings.TrimSuffix(set, "/")
	if err := checkSet(set); err != nil {
		return "", "", err
	}
	if !archiveName.MatchString(name) {
		return "", "", fmt.Errorf("%q is not like 20060102T150405.000Z-0123456789abcdef", name)
	}

	return set, name, nil
}

func nameOf(created time.Time, archive string) string {
	return created.UTC().Format(stampLayout) + "-" + archive[:hashDigits]
}

// createdOf is the time in the name of an archive.
func createdOf(name string) (time.Time, error) {
	stamp, _, _ := strings.Cut(name, "-")

	return time.Parse(stampLayout, stamp)
}

// file is the path of a backup's archive below the folder of its set.
func (b Backup) file() string {
	_, name, _ := splitID(b.ID)
	if b.Encrypted {
		name += ageSuffix
	} else {
		name += plainSuffix
	}
	if b.State == Evidence {
		return evidenceFolder + "/" + name
	}

	return name
}

// The longest names a backup takes.
const (
	maxPath    = 1024
	maxElement = 255
	maxDepth   = 64
)

// checkPath says what is wrong with the logical path of a file: it is relative,
// clean, printable, and leads neither upwards nor into a git repository's
// insides.
func checkPath(name string) error {
	switch {
	case len(name) > maxPath:
		return fmt.Errorf("a path of %d bytes, want at most %d", len(name), maxPath)
	case !fs.ValidPath(name) || name == ".":
		return fmt.Errorf("path %q is not relative and clean", name)
	case !utf8.ValidString(name) || strings.IndexFunc(name, odd) >= 0:
		return fmt.Errorf("path %q has characters that cannot be shown", name)
	}
	elements := strings.Split(name, "/")
	if len(elements) > maxDepth {
		return fmt.Errorf("path %q is deeper than %d", name, maxDepth)
	}
	for _, e := range elements {
		switch {
		case len(e) > maxElement:
			return fmt.Errorf("path %q has a name of %d bytes, want at most %d", name, len(e), maxElement)
		case e == ".git" || strings.HasPrefix(e, stagePrefix):
			return fmt.Errorf("path %q leads into %s", name, e)
		}
	}

	return nil
}

func odd(r rune) bool { return r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) }

var (
	errUnsorted = errors.New("files are not sorted, or one is there twice")
	errNested   = errors.New("is both a file and a folder")
)

// checkPaths says what is wrong with the paths of one backup: they are sorted,
// none is there twice, and none is a folder of another.
func checkPaths(entries []Entry) error {
	files := make(map[string]bool, len(entries))
	for i, e := range entries {
		if err := checkPath(e.Path); err != nil {
			return err
		}
		if i > 0 && entries[i-1].Path >= e.Path {
			return fmt.Errorf("%q: %w", e.Path, errUnsorted)
		}
		files[e.Path] = true
	}
	for _, e := range entries {
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if files[dir] {
				return fmt.Errorf("%q %w", dir, errNested)
			}
		}
	}

	return nil
}
