package netlify

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxTree bounds the files of one site, so that a folder that is none is told
// and not walked for ever.
const maxTree = 200_000

// fingerprint tells one state of a site's folder from another without reading a
// file: paths, sizes, and when each was last changed. What the file system
// itself notes of a change counts too, since a file can be given an older time.
//
// Only files count that can be source, or say something of it. .git is left out,
// and what rr itself keeps in ignore, and of node_modules everything but which
// packages there are: they are not parsed.
func fingerprint(ctx context.Context, dir, ignore string) ([sha256.Size]byte, error) {
	sum := sha256.New()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && path != dir {
			fmt.Fprintf(sum, "%q not to be read\n", path)
			return nil
		}
		if err != nil {
			return err
		}
		if files++; files > maxTree {
			return fmt.Errorf("more than %d files: is it the site's folder?", maxTree)
		}
		if files%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if entry.IsDir() || counts(entry.Name()) {
			note(sum.Write, path, entry)
		}
		if entry.IsDir() && path == ignore {
			return filepath.SkipDir
		}

		return left(dir, path, entry)
	})
	if err != nil {
		return [sha256.Size]byte{}, err
	}

	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// counts says that a file can be source, an archive or a program that is a
// function, or a setting.
func counts(name string) bool {
	switch filepath.Ext(name) {
	case ".js", ".zip", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx", ".json", ".toml", ".go", ".node", ".wasm", "":
		return true
	}

	return false
}

// left says that what is in a folder is not looked at.
func left(dir, path string, entry fs.DirEntry) error {
	if !entry.IsDir() || path == dir {
		return nil
	}
	switch entry.Name() {
	case ".git", ".netlify", ".rr":
		return filepath.SkipDir
	}
	parent, above := filepath.Base(filepath.Dir(path)), filepath.Base(filepath.Dir(filepath.Dir(path)))
	if parent == "node_modules" && !strings.HasPrefix(entry.Name(), "@") || above == "node_modules" && strings.HasPrefix(parent, "@") {
		return filepath.SkipDir // a package
	}

	return nil
}

// note adds one entry. Of a folder its name is enough: what is in it is noted
// itself. Of a link what it leads to counts.
func note(write func([]byte) (int, error), path string, entry fs.DirEntry) {
	var numbers [40]byte
	if !entry.IsDir() {
		var stat unix.Stat_t
		err := unix.Stat(path, &stat)
		if err != nil {
			err = unix.Lstat(path, &stat)
		}
		if err == nil {
			for i, n := range []int64{stat.Size, stat.Mtim.Nano(), stat.Ctim.Nano(), int64(stat.Ino), int64(stat.Mode)} {
				binary.LittleEndian.PutUint64(numbers[8*i:], uint64(n))
			}
		}
	}
	_, _ = write([]byte(path + "\x00"))
	_, _ = write(numbers[:])
}
