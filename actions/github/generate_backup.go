package github

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"

	"rr/internal/workflowfile"
	"rr/schemas"
)

// GenerateBackup is github.generate_backup: it writes a workflow that can stand
// in for the target. The same file always gives the same one.
type GenerateBackup struct{ Repositories Repositories }

// Act writes it.
func (v GenerateBackup) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	r, err := v.Repositories.of(a.Target)
	if err != nil {
		return "", err
	}

	name, text, err := r.source(ctx, a.Target)
	if err != nil {
		return "", err
	}
	file, generated, err := workflowfile.Backup(name, text)
	if err != nil {
		return "", refused("no backup of %s: %w", name, err)
	}
	standIn := schemas.NewID("github", a.Target.Scope(), "workflow", path.Base(file), 0)

	return r.deliver(ctx, standIn, change{
		branch: "rr/backup-", title: "Add %s", reason: a.Reason,
		of: func(_ context.Context, name string, text []byte) ([]byte, string, error) {
			if bytes.Equal(text, generated) {
				return nil, "", refused("%s is there already", name)
			}
			if text != nil && !workflowfile.Check(name, text).Generated {
				return nil, "", refused("%s is there, and rr did not make it", name)
			}

			return generated, fmt.Sprintf("made to stand in for %s", a.Target.Name()), nil
		},
	})
}

// source is a workflow file where a change of it would go: in the checkout, or
// on the default branch.
func (r Repository) source(ctx context.Context, id schemas.ID) (name string, text []byte, err error) {
	if r.Config.Changes == schemas.ChangesLeave {
		_, err = r.withFile(ctx, id, func(_ context.Context, _ *os.Root, at string, content []byte) (string, error) {
			name, text = at, content
			return "", nil
		})
	} else if name, err = pathOf(id); err == nil {
		text, err = r.published(ctx, id, name)
	}
	if err == nil && text == nil {
		err = refused("%s is not there", name)
	}

	return name, text, err
}

// published is a file as the default branch has it, nil where it has none.
func (r Repository) published(ctx context.Context, id schemas.ID, name string) ([]byte, error) {
	if r.Client == nil {
		return nil, r.noAccess(id)
	}
	ctx, cancel := within(ctx)
	defer cancel()
	branch, err := r.defaultBranch(ctx)
	if err != nil {
		return nil, told(err)
	}
	there, err := r.content(ctx, name, branch)

	return there.text, told(err)
}
