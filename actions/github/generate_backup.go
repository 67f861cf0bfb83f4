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

	var standIn schemas.ID
	var generated []byte
	_, err = r.withFile(ctx, a.Target, func(_ context.Context, _ *os.Root, name string, text []byte) (string, error) {
		if text == nil {
			return "", refused("%s is not there", name)
		}
		file, made, err := workflowfile.Backup(name, text)
		if err != nil {
			return "", refused("no backup of %s: %w", name, err)
		}
		standIn, generated = schemas.NewID("github", a.Target.Scope(), "workflow", path.Base(file), 0), made

		return "", nil
	})
	if err != nil {
		return "", err
	}

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
