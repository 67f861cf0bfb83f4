package backupsets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"rr/internal/backup"
)

// What the paths of files begin with that belong to automation: those below the
// folder of the configuration, and those elsewhere, where the name of the folder
// follows, as in elsewhere+srv+deploy.
const (
	projectRoot   = "project"
	elsewhereRoot = "elsewhere"
)

// rootOf names the root of a folder. It depends on nothing but the folder, so
// that a file is put back where it was, whatever else is there by then.
func rootOf(project, dir string) string {
	if dir == project {
		return projectRoot
	}
	var name strings.Builder
	name.WriteString(elsewhereRoot)
	for i := range len(dir) {
		switch c := dir[i]; {
		case c == '/':
			name.WriteByte('+')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
			name.WriteByte(c)
		default:
			fmt.Fprintf(&name, "%%%02X", c)
		}
	}
	if name.Len() > maxRoot {
		sum := sha256.Sum256([]byte(dir))
		return elsewhereRoot + "-" + hex.EncodeToString(sum[:16])
	}

	return name.String()
}

// maxRoot is how long a name of one file or folder may be.
const maxRoot = 255

// Places says where the files of a backup belong. The folders of the apps of
// an ecosystem file, and of what it requires, are known only to itself: it is
// read where the backup has files of other folders than the configuration
// names. No backup is believed about where it belongs.
func (s Set) Places(ctx context.Context, files []backup.Entry) (backup.Roots, error) {
	known := len(files) > 0 && !slices.ContainsFunc(files, func(e backup.Entry) bool { return s.Left(s.Roots, e.Path) != "" })
	if known || len(s.ecosystems) == 0 {
		return s.Roots, nil
	}
	f := found{roots: maps.Clone(s.Roots)}
	err := f.addEcosystems(ctx, s)

	return f.roots, err
}

// Left says why a restore leaves a file out; empty where it does not.
func (s Set) Left(roots backup.Roots, name string) string {
	if why := s.Leave[name]; why != "" {
		return why
	}
	root, _, _ := strings.Cut(name, "/")
	if s.project != "" && roots[root] == "" && strings.HasPrefix(root, elsewhereRoot) {
		return "no ecosystem file that can be read now names its folder: restore that file first, then this one"
	}

	return ""
}

// at is where a file of a backup belongs, empty where nobody knows.
func at(roots backup.Roots, name string) string {
	root, rest, nested := strings.Cut(name, "/")
	dir, known := roots[root]
	if !nested || !known {
		dir, rest = roots[""], name
	}
	if dir == "" {
		return ""
	}

	return filepath.Join(dir, filepath.FromSlash(rest))
}

// real is a path without links, or as it is where that cannot be told.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}

	return path
}
