package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// settled is how old an index must be for its time to tell one version from the
// next: the clock of a filesystem has steps.
const settled = 2 * time.Second

// cache remembers the indices that were read, for those who ask every few
// seconds.
type cache struct {
	mu    sync.Mutex
	known map[string]cached // by set
}

type cached struct {
	file  fs.FileInfo
	index index
}

func (c *cache) get(set string, file fs.FileInfo) (index, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is, ok := c.known[set]
	if !ok || !os.SameFile(is.file, file) || !is.file.ModTime().Equal(file.ModTime()) || is.file.Size() != file.Size() {
		return index{}, false
	}

	return is.index.clone(), true
}

func (c *cache) put(set string, file fs.FileInfo, x index) {
	if time.Since(file.ModTime()) < settled {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]cached{}
	}
	c.known[set] = cached{file, x.clone()}
}

// clone is another index of the same backups. Their files are shared, and not
// changed by anybody.
func (x index) clone() index {
	x.Backups, x.Leaving, x.Notes = slices.Clone(x.Backups), slices.Clone(x.Leaving), slices.Clone(x.Notes)

	return x
}

// readIndex reads the index of a set. A set without any folder has an empty
// one; an index that is missing beside archives is an ErrIndex.
func (s *Store) readIndex(set string) (index, error) {
	path := filepath.Join(s.folder(set), indexName)
	file, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		archives, err := s.archives(set)
		if err == nil && len(archives) > 0 {
			err = fmt.Errorf("%w: it is missing", ErrIndex)
		}

		return index{Set: set}, err
	}
	if err != nil {
		return index{}, err
	}
	if x, ok := s.cache.get(set, file); ok {
		return x, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return index{}, err
	}
	x, err := decodeIndex(text, set)
	if err == nil {
		s.cache.put(set, file, x)
	}

	return x, err
}
