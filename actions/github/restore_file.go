package github

import (
	"context"
	"errors"
	"fmt"

	"rr/internal/gitrepo"
	"rr/internal/workflowfile"
	"rr/schemas"
)

// Backups finds good copies of files.
type Backups interface {
	// NewestValid returns the newest content of a file of a scope's checkout
	// that is valid and differs from current, and where it is from. It is nil
	// where there is none.
	NewestValid(ctx context.Context, scope, name string, current []byte, valid func([]byte) bool) (text []byte, from string, err error)
}

// RestoreFile is github.restore_file: it brings a workflow file back from its
// newest version that is valid and differs from what is there, from a backup
// first and then from git.
type RestoreFile struct {
	Repositories Repositories
	Backups      Backups // nil where there are none
}

// Act restores the file.
func (v RestoreFile) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	r, err := v.Repositories.of(a.Target)
	if err != nil {
		return "", err
	}

	return r.deliver(ctx, a.Target, change{
		branch: "rr/restore-", title: "Restore %s", reason: a.Reason,
		of: func(ctx context.Context, name string, text []byte) ([]byte, string, error) {
			if err := notHealed(name, text); err != nil {
				return nil, "", err
			}

			return v.newestValid(ctx, r, a.Target.Scope(), name, text)
		},
	})
}

func (v RestoreFile) newestValid(ctx context.Context, r Repository, scope, name string, text []byte) ([]byte, string, error) {
	valid := func(content []byte) bool { return workflowfile.Check(name, content).Valid }
	if v.Backups != nil {
		found, from, err := v.Backups.NewestValid(ctx, scope, name, text, valid)
		if err != nil {
			return nil, "", fmt.Errorf("look into backups: %w", err)
		}
		if found != nil {
			return found, "restored from " + from, nil
		}
	}
	repo, err := gitrepo.Open(ctx, r.Dir)
	if err != nil {
		return nil, "", err
	}
	version, err := repo.NewestValid(ctx, repo.Path(r.Dir, name), text, valid)
	switch {
	case errors.Is(err, gitrepo.ErrNoVersion), errors.Is(err, gitrepo.ErrNoHistory), errors.Is(err, gitrepo.ErrCannotTell):
		return nil, "", refused("%s: %w", name, err)
	case err != nil:
		return nil, "", err
	}

	return version.Content, "restored from commit " + version.Commit[:12], nil
}
