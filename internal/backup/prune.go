package backup

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Review says what Prune would do, and does nothing. Of a store that is only
// looked at it leaves out sets whose index cannot be believed: to do without one
// every archive has to be read.
func (s *Store) Review(ctx context.Context, policy Policy) ([]Verdict, error) {
	sets, err := s.allSets()
	if err != nil {
		return nil, fmt.Errorf("review backups: %w", err)
	}
	var all []Backup
	for _, set := range sets {
		if s.looks && errors.Is(s.CheckIndex(set), ErrIndex) {
			continue
		}
		x, err := s.load(ctx, set)
		if err != nil {
			return nil, fmt.Errorf("review backups of %s: %w", set, err)
		}
		all = append(all, x.Backups...)
	}

	return Keep(all, s.complete(policy), s.now()), nil
}

// complete bounds evidence and replaced files where the policy does not.
func (s *Store) complete(p Policy) Policy {
	if p.Evidence == 0 {
		p.Evidence = s.options.Evidence
	}
	if p.Replaced == 0 {
		p.Replaced = s.options.Replaced
	}

	return p
}

// Prune removes what Keep lets go, in all sets, and says what it removed and
// what it kept. Where one set fails, those before it are done.
func (s *Store) Prune(ctx context.Context, policy Policy) ([]Verdict, error) {
	verdicts, err := s.prune(ctx, policy)
	if err != nil {
		return nil, fmt.Errorf("prune backups: %w", err)
	}

	return verdicts, nil
}

func (s *Store) prune(ctx context.Context, policy Policy) ([]Verdict, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	sets, err := s.allSets()
	if err != nil {
		return nil, err
	}
	var all []Backup
	indices := map[string]index{}
	for _, set := range sets {
		x, err := s.beginFull(ctx, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set, err)
		}
		indices[set] = x
		all = append(all, x.Backups...)
	}
	verdicts := Keep(all, s.complete(policy), s.now())
	for _, set := range sets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.pruneSet(indices[set], verdicts); err != nil {
			return nil, fmt.Errorf("%s: %w", set, err)
		}
	}

	return verdicts, nil
}

// beginFull is begin for a disk that may be full: what an earlier prune has let
// go is already removed then, and that it cannot be written down matters not.
func (s *Store) beginFull(ctx context.Context, set string) (index, error) {
	x, err := s.begin(ctx, set)
	if full(err) && x.Set == set {
		return x, nil
	}

	return x, err
}

// pruneSet first writes the index without what leaves, and with what is to be
// removed; a crash then neither loses a backup that is in the index nor adopts
// one again that was let go. Where the disk is too full for an index, the room
// comes from what leaves: a crash then leaves one that is known to be gone.
func (s *Store) pruneSet(x index, verdicts []Verdict) error {
	for _, v := range verdicts {
		if v.Set == x.Set && !v.Keep {
			x.drop(v.ID)
		}
	}
	if len(x.Leaving) == 0 {
		return nil
	}
	err := s.writeIndex(x)
	s.failpoint("prune written")
	if full(err) {
		if err := s.leave(&x); err != nil {
			return err
		}

		return s.writeIndex(x)
	}
	if err != nil {
		return err
	}

	return s.settle(x)
}

func full(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
