package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"rr/internal/backup"
	"rr/schemas"
)

// Verify is backup.verify: it reads every backup of a set again, also what
// restores replaced, here and in the mirror, and remembers what is damaged.
type Verify struct{ Stores Stores }

// Act verifies the set.
func (v Verify) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	o, s, err := set(v.Stores, a.Target)
	if err != nil {
		return "", err
	}
	note, err := o.verifyAll(ctx, o.Store, s.Name)
	if err != nil || o.Mirror == "" {
		return note, err
	}
	mirror, err := o.Store.OpenMirror(o.Mirror)
	if err != nil {
		return note, fmt.Errorf("%s; but not in the mirror: %w", note, err)
	}
	mirrored, err := o.verifyAll(ctx, mirror, s.Name)
	if err != nil {
		return note, fmt.Errorf("%s; in the mirror: %w", note, err)
	}

	return note + "; mirror: " + mirrored, nil
}

// verifyAll verifies every backup of a set, also after one that is damaged.
func (o *Opened) verifyAll(ctx context.Context, store *backup.Store, name string) (string, error) {
	all, err := store.ListAll(ctx, name)
	if err != nil {
		return "", err
	}
	var found verified
	for _, b := range all {
		found.add(store.Path(b), store.Verify(ctx, b.ID))
	}

	return found.sum(name, o.identity())
}

// verified is what verifying several backups came to.
type verified struct {
	whole  int
	closed []error // their bytes are right, and nothing here opens them
	wrong  []error // damaged, or gone
	unread []error // of which nothing is known: a disk that fails, a limit
	untold error   // what was found could not be written down
}

func (v *verified) add(path string, err error) {
	switch {
	case err == nil:
		v.whole++
	case errors.Is(err, backup.ErrDamaged):
		v.wrong = append(v.wrong, fmt.Errorf("%w (%s)", err, path))
	case errors.Is(err, backup.ErrNotNoted):
		v.whole++
		v.untold = err
	case errors.Is(err, backup.ErrNoIdentity):
		v.closed = append(v.closed, err)
	default:
		v.unread = append(v.unread, fmt.Errorf("%w (%s)", err, path))
	}
}

// sum says what it came to. That nothing opens a backup is as it should be where
// no identity is configured, and else a mistake that nobody would notice before
// the day of a restore.
func (v *verified) sum(name, identity string) (string, error) {
	all := v.whole + len(v.closed) + len(v.wrong) + len(v.unread)
	note := fmt.Sprintf("%d of %d backups are whole", v.whole, all)
	switch {
	case all == 0:
		return "", fmt.Errorf("there is no backup of %s: rr backup create %s", name, name)
	case len(v.wrong) > 0:
		return "", fmt.Errorf("%s, and no restore takes those that are damaged: look at the disk, and back up anew: %w", note, several(append(v.wrong, v.unread...)))
	case len(v.unread) > 0:
		return "", fmt.Errorf("%s, and the others could not be read: %w", note, several(v.unread))
	case len(v.closed) > 0 && identity != "":
		return "", fmt.Errorf("%s; the bytes of the others are right, but what %s names does not open them: %w", note, identity, several(v.closed))
	case v.untold != nil:
		return "", fmt.Errorf("%s, but that cannot be noted: %w", note, v.untold)
	case v.whole == 0 && len(v.closed) > 0:
		return fmt.Sprintf("the bytes of %d of %d backups are right; nothing here opens them", all, all), nil
	case len(v.closed) > 0:
		return fmt.Sprintf("%s; of %d only the bytes are verified, since nothing here opens them", note, len(v.closed)), nil
	}

	return note, nil
}

// identity is the field of the configuration that names what opens backups here;
// empty where nothing is to.
func (o *Opened) identity() string {
	switch {
	case o.Config.IdentityFile != "":
		return "backup.identity_file"
	case o.Config.IdentityEnv != "":
		return "backup.identity_env"
	}

	return ""
}

// several are errors of several backups, told in one line.
type several []error

func (s several) Error() string {
	var texts []string
	for _, err := range s {
		texts = append(texts, err.Error())
	}

	return strings.Join(texts, "; ")
}

func (s several) Unwrap() []error { return s }
