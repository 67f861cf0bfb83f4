package netlify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"rr/internal/atomicfile"
	"rr/internal/functions"
	"rr/internal/gitrepo"
	"rr/internal/lastgood"
	"rr/schemas"
)

// find looks at the source afresh.
func (s Site) find(ctx context.Context) (functions.Site, error) {
	return functions.Find(ctx, s.Dir, functions.Options{})
}

// function is one of those that were found, nil where it is not among them.
func function(found functions.Site, name string) *functions.Function {
	for i := range found.Functions {
		if found.Functions[i].Name == name {
			return &found.Functions[i]
		}
	}

	return nil
}

// state is that of a function as it is now.
func state(found functions.Site, name string) string {
	f := function(found, name)
	switch {
	case f == nil:
		return schemas.FunctionMissing
	case f.Broken():
		return schemas.FunctionInvalid
	}

	return schemas.FunctionValid
}

// unchanged refuses a function whose state is not what was seen.
func unchanged(found functions.Site, id schemas.ID, seen schemas.Snapshot) error {
	before, there := seen.Functions[id]
	if !there {
		return refused("%s was not seen", id)
	}
	if now := state(found, id.Name()); now != before.State {
		return refused("%s was %s and is %s now", id.Name(), before.State, now)
	}

	return nil
}

// free refuses a folder in which somebody is in the middle of a merge or a
// rebase: a file with its marks is invalid because a person is at work on it.
func (s Site) free(ctx context.Context) error {
	repo, err := gitrepo.Open(ctx, s.Dir)
	if errors.Is(err, gitrepo.ErrNotRepository) {
		return nil
	}
	if err != nil {
		return err
	}
	mark, err := repo.InMiddle(ctx)
	if err != nil {
		return err
	}
	if mark != "" {
		return refused("somebody is in the middle of something in %s: git has %s there", s.Dir, mark)
	}

	return nil
}

// replace puts a file into the site's folder, if it still is what it was, and
// keeps what it replaces. old is nil for a file that is not there.
func (s Site) replace(name string, old, text []byte) (note string, err error) {
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if old != nil {
		kept, err := s.keepOld(name, old)
		if err != nil {
			return "", fmt.Errorf("keep what %s holds: %w", name, err)
		}
		note = "; what it held is kept as " + kept
	}
	now, err := lastgood.Read(root, name)
	if err != nil {
		return "", refused("%s: %w", name, err)
	}
	if (now == nil) != (old == nil) || string(now) != string(old) {
		return "", refused("%s was changed meanwhile", name)
	}
	if err := atomicfile.Write(root, name, text, 0o644); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}

	return note, nil
}

// keepOld keeps a content that is to be replaced. Nothing is lost.
func (s Site) keepOld(name string, old []byte) (string, error) {
	if err := os.MkdirAll(s.Replace, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(s.Replace)
	if err != nil {
		return "", err
	}
	defer root.Close()
	sum := sha256.Sum256(old)
	kept := fmt.Sprintf("%s-%s-%s", s.Now().UTC().Format("20060102T150405Z"), hex.EncodeToString(sum[:4]), path.Base(name))
	if err := atomicfile.Write(root, kept, old, 0o600); err != nil {
		return "", err
	}

	return filepath.Join(s.Replace, kept), nil
}
