package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// Create backs up the files of a set. Content of which every file passes the
// judge makes a good backup; any other is kept apart as evidence, of which only
// the newest few remain. A nil judge finds nothing wrong. Content equal to that
// of the newest good backup, or to a kept piece of evidence, is not stored
// again: the backup that there is is touched, and created is false.
//
// When it returns, the backup is on disk and was read back. On an error the set
// is as before; at most, an archive that only the index lacks is adopted by the
// next that writes.
func (s *Store) Create(ctx context.Context, set string, files []File, judge Judge) (b Backup, created bool, err error) {
	b, created, err = s.create(ctx, set, files, judge)
	if err != nil {
		return Backup{}, false, fmt.Errorf("back up %s: %w", set, err)
	}

	return b, created, nil
}

func (s *Store) create(ctx context.Context, set string, files []File, judge Judge) (Backup, bool, error) {
	if err := checkSet(set); err != nil {
		return Backup{}, false, err
	}
	if strings.Contains(set, "/") {
		return Backup{}, false, fmt.Errorf("%w: %s is for what restores replace", ErrRefused, set)
	}
	if _, _, err := s.encryption(set); err != nil {
		return Backup{}, false, err
	}
	content, err := s.gather(ctx, files, judge)
	if err != nil {
		return Backup{}, false, err
	}
	state := Good
	if !content.valid {
		state = Evidence
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return Backup{}, false, err
	}
	defer unlock()

	return s.store(ctx, set, state, content)
}

// encryption says for whom a set is encrypted: nobody where it need not be.
func (s *Store) encryption(set string) (recipients []age.Recipient, secret bool, err error) {
	secret = s.options.Secret(strings.TrimPrefix(set, replacedFolder+"/"))
	switch {
	case s.options.Encrypt == EncryptNone:
		return nil, secret, nil
	case len(s.recipients) == 0 && secret:
		return nil, true, fmt.Errorf("%w: name age recipients, or say encrypt: %q", ErrSecret, EncryptNone)
	}

	return s.recipients, secret, nil
}

// store puts content into a set, with the lock held.
func (s *Store) store(ctx context.Context, set, state string, content gathered) (Backup, bool, error) {
	if err := s.makeFolders(set, state); err != nil {
		return Backup{}, false, err
	}
	x, err := s.begin(ctx, set)
	if err != nil {
		return Backup{}, false, err
	}
	recipients, secret, err := s.encryption(set)
	if err != nil {
		return Backup{}, false, err
	}
	now := s.now()
	b := Backup{Set: set, State: state, Encrypted: len(recipients) > 0, Secret: secret, Created: now, Touched: now, Content: contentHash(content.entries)}
	if b.Encrypted {
		b.Recipients = recipientsHash(s.options.Recipients)
	}
	if same := s.same(&x, b); same != nil {
		return s.touch(x, same)
	}
	b.Sequence = x.Sequence + 1
	m := Manifest{
		Format: manifestFormat, Version: s.options.Version, Host: s.options.Host, Set: set, Sequence: b.Sequence, Created: now,
		State: state, Secret: secret, Content: b.Content, Files: content.entries,
	}
	b.describe(m)

	return s.add(x, b, m, content.contents, recipients)
}

func (s *Store) makeFolders(set, state string) error {
	dir := s.folder(set)
	if state == Evidence {
		dir = filepath.Join(dir, evidenceFolder)
	}
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for ; len(dir) >= len(s.dir); dir = filepath.Dir(dir) {
		if err := syncDir(dir); err != nil {
			return err
		}
	}

	return nil
}

// same finds the backup that would be made again: the newest good one, or any
// evidence, with the same content, for the same recipients, whole as far as is
// known, and there.
func (s *Store) same(x *index, b Backup) *Backup {
	var found *Backup
	switch b.State {
	case Good:
		found = x.newest(func(old Backup) bool { return old.State == Good })
	case Evidence:
		found = x.newest(func(old Backup) bool { return old.State == Evidence && old.Content == b.Content })
	}
	if found == nil || found.Content != b.Content || found.Encrypted != b.Encrypted || found.Recipients != b.Recipients || found.Damaged != "" {
		return nil
	}
	info, err := os.Lstat(s.path(*found))
	if err != nil || !info.Mode().IsRegular() || info.Size() != found.Size {
		return nil
	}

	return found
}

// path is where the archive of a backup is.
func (s *Store) path(b Backup) string {
	return filepath.Join(s.folder(b.Set), filepath.FromSlash(b.file()))
}

// touch notes that the content of a backup was seen again. The time of its file
// says so too, for when the index is lost.
func (s *Store) touch(x index, b *Backup) (Backup, bool, error) {
	b.Touched = later(b.Touched, s.now())
	_ = os.Chtimes(s.path(*b), time.Time{}, b.Touched)

	return *b, false, s.writeIndex(x)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}

// add writes an archive, then the index that knows it. A crash between the two
// leaves a whole archive, which is adopted.
func (s *Store) add(x index, b Backup, m Manifest, contents [][]byte, recipients []age.Recipient) (Backup, bool, error) {
	folder := s.folder(b.Set)
	if b.State == Evidence {
		folder = filepath.Join(folder, evidenceFolder)
	}
	w, err := s.writeArchive(folder, m, contents, recipients)
	if err != nil {
		return Backup{}, false, err
	}
	b.Archive, b.Size, b.HashedAt = w.sha256, w.size, b.Created
	if w.verified {
		b.VerifiedAt = b.Created
	}
	b.ID = b.Set + "/" + nameOf(b.Created, b.Archive)
	if err := os.Rename(w.path, s.path(b)); err != nil {
		return Backup{}, false, errors.Join(err, os.Remove(w.path))
	}
	s.failpoint("archive renamed")
	x.Sequence = b.Sequence
	x.Backups = append(x.Backups, b)
	s.bound(&x)
	err = syncDir(folder)
	if err == nil {
		err = s.writeIndex(x)
	}
	if err != nil {
		return Backup{}, false, err // the archive is whole, and the next to come adopts it
	}
	_ = s.settle(x) // or else the next to come removes what leaves

	return b, true, nil
}

// bound lets go what is too much of evidence and replaced files.
func (s *Store) bound(x *index) {
	for _, v := range Keep(x.Backups, Policy{Evidence: s.options.Evidence, Replaced: s.options.Replaced}, s.now()) {
		if !v.Keep {
			x.drop(v.ID)
		}
	}
}

// drop lets a backup go: the index forgets it, and knows that its archive is
// to be removed.
func (x *index) drop(id string) {
	for i, b := range x.Backups {
		if b.ID == id {
			x.Leaving = append(x.Leaving, b.file())
			x.Backups = append(x.Backups[:i:i], x.Backups[i+1:]...)
			return
		}
	}
}

// settle removes the archives that the index on disk has let go.
func (s *Store) settle(x index) error {
	if len(x.Leaving) == 0 {
		return nil
	}
	if err := s.leave(&x); err != nil {
		return err
	}
	x.changed = false

	return s.writeIndex(x)
}
