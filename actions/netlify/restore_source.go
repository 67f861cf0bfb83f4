package netlify

import (
	"context"
	"errors"
	"fmt"
	"os"

	"rr/internal/gitrepo"
	"rr/internal/lastgood"
	"rr/schemas"
)

// Backups finds good copies of files.
type Backups interface {
	// NewestValid returns the newest content of a file of a scope's site that is
	// valid and differs from current, and where it is from. It is nil where there
	// is none. name is relative to the site's folder.
	NewestValid(ctx context.Context, scope, name string, current []byte, valid func([]byte) bool) (text []byte, from string, err error)
}

// RestoreSource is netlify.restore_source: it brings the source of a function
// back from the newest version with which the function is valid and that differs
// from what is there, from a backup first and then from git.
type RestoreSource struct {
	Sites   Sites
	Backups Backups // nil where there are none
}

// Act restores it.
func (v RestoreSource) Act(ctx context.Context, a schemas.Action, seen schemas.Snapshot) (string, error) {
	return v.Sites.inFolder(ctx, a, func(ctx context.Context, s Site) (string, error) { return v.restore(ctx, s, a, seen) })
}

func (v RestoreSource) restore(ctx context.Context, s Site, a schemas.Action, seen schemas.Snapshot) (string, error) {
	found, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	if err := unchanged(found, a.Target, seen); err != nil {
		return "", err
	}
	name := a.Target.Name()
	if state(found, name) == schemas.FunctionValid {
		return "", refused("%s is valid", name)
	}
	if err := s.free(ctx); err != nil {
		return "", err
	}
	version, from, err := v.newest(ctx, s, lastgood.Site{Dir: s.Dir, Found: found}, name)
	if err != nil {
		return "", err
	}
	note, err := s.replace(version.File, version.Content, version.New)
	if err != nil {
		return "", err
	}

	return fmt.Sprintf("%s: %s restored from %s%s", name, version.File, from, note), nil
}

// newest finds the version, in the backups first.
func (v RestoreSource) newest(ctx context.Context, s Site, source lastgood.Site, name string) (lastgood.Version, string, error) {
	files, err := source.Files(name)
	if err != nil {
		return lastgood.Version{}, "", refused("%w", err)
	}
	for _, b := range files {
		if v.Backups == nil {
			break
		}
		text, from, err := v.Backups.NewestValid(ctx, s.Scope, b.File, b.Content, func(content []byte) bool { return source.Valid(ctx, b, content) })
		if err != nil {
			return lastgood.Version{}, "", fmt.Errorf("look into backups: %w", err)
		}
		if text != nil {
			return lastgood.Version{Broken: b, New: text}, from, nil
		}
	}
	repo, err := gitrepo.Open(ctx, s.Dir)
	if err != nil {
		return lastgood.Version{}, "", err
	}
	version, err := source.Newest(ctx, repo, name)
	switch {
	case errors.Is(err, gitrepo.ErrNoVersion), errors.Is(err, gitrepo.ErrNoHistory), errors.Is(err, gitrepo.ErrCannotTell), errors.Is(err, os.ErrNotExist):
		return version, "", refused("%w", err)
	case err != nil:
		return version, "", err
	}

	return version, "commit " + version.Commit[:12], nil
}
