package github

import (
	"context"
	"fmt"
	"os"
	"strings"

	"rr/internal/workflowfile"
	"rr/schemas"
)

// FixFile is github.fix_file: it mends those corruptions of a workflow file that
// leave no doubt what stood there before.
type FixFile struct{ Repositories Repositories }

// Act mends the file, where the result is valid and no worse in anything.
func (v FixFile) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	r, err := v.Repositories.of(a.Target)
	if err != nil {
		return "", err
	}

	return r.deliver(ctx, a.Target, change{
		branch: "rr/fix-", title: "Mend %s", reason: a.Reason,
		of: func(_ context.Context, name string, text []byte) ([]byte, string, error) {
			if err := notHealed(name, text); err != nil {
				return nil, "", err
			}
			fixed, what, ok := workflowfile.Fix(text)
			if !ok || len(what) == 0 {
				return nil, "", refused("%s is not broken in a way that rr can mend", name)
			}

			return fixed, "mended: " + strings.Join(what, ", "), nil
		},
	})
}

// change is how a file is to be changed, and how that is told.
type change struct {
	branch string // begins the name of a branch that offers it
	title  string
	reason string
	// of makes the new content of what is there, nil where nothing is.
	of func(ctx context.Context, name string, text []byte) (fresh []byte, note string, err error)
}

// deliver makes a change as the configuration says: in the checkout, as a pull
// request, or on the default branch.
func (r Repository) deliver(ctx context.Context, id schemas.ID, c change) (string, error) {
	if r.Config.Changes != schemas.ChangesLeave {
		return r.offer(ctx, id, c)
	}

	return r.withFile(ctx, id, func(ctx context.Context, root *os.Root, name string, text []byte) (string, error) {
		fresh, note, err := c.of(ctx, name, text)
		if err != nil {
			return "", err
		}
		kept, err := r.write(root, name, text, fresh)
		if err != nil {
			return "", err
		}

		return fmt.Sprintf("%s: %s, for a person to commit%s", name, note, kept), nil
	})
}
