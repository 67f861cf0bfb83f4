package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// view is what a look at the watched files showed.
type view struct {
	fingerprint string          // of their names and contents
	unfinished  bool            // the configuration is gone or empty
	folders     map[string]bool // in which something may change what is seen
	names       map[string]bool // of files, links and folders on the way to what is seen
	trees       map[string]bool // folders of policies
}

// concerns tells whether a change of that name may change the view. An editor's
// swap file does not.
func (v view) concerns(name string) bool {
	if v.names[name] || v.folders[name] {
		return true
	}
	if !v.trees[filepath.Dir(name)] || hidden(filepath.Base(name)) {
		return false
	}
	info, err := os.Stat(name)

	return isPolicy(name) || err == nil && info.IsDir()
}

// see looks at the configuration and the policies.
func see(w Watched) view {
	s := seer{
		view: view{folders: map[string]bool{}, names: map[string]bool{}, trees: map[string]bool{}},
		hash: sha256.New(),
	}
	fmt.Fprintf(s.hash, "%q %q\n", w.Config, w.Policies)
	s.config(w.Config)
	if w.Policies != "" {
		s.tree(w.Policies)
	}
	s.view.fingerprint = hex.EncodeToString(s.hash.Sum(nil))

	return s.view
}

// seer gathers a view.
type seer struct {
	view view
	hash hash.Hash
}

func (s *seer) config(path string) {
	s.follow(path)
	s.view.unfinished = s.file(path) == 0
}

// tree sees the policies of a folder and of those in it. A folder that is
// reached a second time, through links, is not seen again.
func (s *seer) tree(folder string) {
	real := s.follow(folder)
	entries, err := os.ReadDir(real)
	if err != nil || s.view.trees[real] {
		return
	}
	s.view.folders[real], s.view.trees[real] = true, true
	for _, entry := range entries {
		path := filepath.Join(real, entry.Name())
		info, err := os.Stat(path)
		switch {
		case hidden(entry.Name()):
		case err == nil && info.IsDir():
			s.tree(path)
		case isPolicy(path):
			s.follow(path)
			s.file(path)
		}
	}
}

// file adds the content of a file to the fingerprint and returns its length, 0
// where it cannot be read.
func (s *seer) file(path string) int64 {
	fmt.Fprintf(s.hash, "%q ", path)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		fmt.Fprintln(s.hash, "unreadable")
		return 0
	}
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(s.hash, "unreadable")
		return 0
	}
	defer file.Close()
	n, err := io.Copy(s.hash, file)
	fmt.Fprintln(s.hash, n, err)

	return n
}

// follow goes to path through every link on the way, notes the folders in which
// a change would make it lead elsewhere, and returns where it leads. Where it
// leads nowhere, a change of the last folder that exists may end that.
func (s *seer) follow(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	root := filepath.VolumeName(absolute) + string(filepath.Separator)
	at, rest := root, names(absolute[len(root)-1:])
	for links := 0; len(rest) > 0 && links < 40; {
		next := filepath.Join(at, rest[0])
		info, err := os.Lstat(next)
		isLink := err == nil && info.Mode()&os.ModeSymlink != 0
		if err != nil || isLink || len(rest) == 1 {
			s.view.folders[at], s.view.names[next] = true, true
		}
		if err != nil {
			return filepath.Join(append([]string{at}, rest...)...)
		}
		rest = rest[1:]
		if !isLink {
			at = next
			continue
		}
		target, err := os.Readlink(next)
		if err != nil {
			return next
		}
		if filepath.IsAbs(target) {
			at = root
		}
		rest = append(names(target), rest...)
		links++
	}

	return at
}

// names are the names that a path is made of.
func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
}

// hidden tells an editor's swap file, or the folder behind a mounted
// Kubernetes ConfigMap, which is seen through the links into it.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isPolicy(name string) bool {
	return strings.HasSuffix(name, ".rego") || strings.HasSuffix(name, ".json")
}
