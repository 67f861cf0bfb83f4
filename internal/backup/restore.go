package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"
)

// RestoreOptions say whether a restore is done or only checked.
type RestoreOptions struct {
	Apply bool
}

// Result is what a restore did, or would do.
type Result struct {
	Changed  []string      // absolute paths, in the order in which they changed
	Same     int           // files that were so already
	Replaced string        // the id of the backup of what was there; empty when nothing was
	Took     time.Duration // to do it
}

// Restore does what a plan says; without Apply it only checks whether it could.
//
// First the whole backup is verified and nothing is written. Then it is read
// again into private folders beside the files, verified again, and what is to be
// replaced is backed up as set "replaced/<set>", which can be restored like any
// other. Only then is each file renamed into its place, and read there once
// more. So each file is the old one or the new one at every moment, whatever
// happens. A file has the time of its restore, not of its backup: what watches
// or builds it has to see that it changed.
//
// A plan that a change has overtaken is an ErrChanged, one with refused changes
// an ErrRefused; both wrote nothing. Where it fails between two files, the Result
// says which are done.
func (s *Store) Restore(ctx context.Context, plan Plan, options RestoreOptions) (Result, error) {
	r := &restore{store: s, plan: plan, places: places{}, stages: map[string]*stage{}}
	defer r.close()
	begin := time.Now()
	err := r.run(ctx, options.Apply)
	r.result.Took = time.Since(begin)
	if err != nil {
		return r.result, fmt.Errorf("restore %s: %w", plan.Backup.ID, err)
	}

	return r.result, nil
}

// restore is one restore while it runs.
type restore struct {
	store  *Store
	plan   Plan
	places places
	stages map[string]*stage // by root
	steps  []step
	result Result
}

// step is one file to put into its place.
type step struct {
	Change
	entry  Entry
	staged int // its number in the stage
}

func (r *restore) run(ctx context.Context, apply bool) error {
	b, err := r.store.Get(ctx, r.plan.Backup.ID)
	if err != nil {
		return err
	}
	if b.Archive != r.plan.Backup.Archive {
		return fmt.Errorf("%w: its archive is another one", ErrChanged)
	}
	r.plan.Backup = b
	unlock, err := r.store.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if !apply {
		for _, step := range r.steps {
			r.result.Changed = append(r.result.Changed, step.Target)
		}
		return nil
	}
	if err := r.clear(); err != nil {
		return err
	}
	if len(r.steps) == 0 {
		return nil
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	r.store.failpoint("restore staged")
	if err := r.keep(ctx); err != nil {
		return fmt.Errorf("keep what is replaced: %w", err)
	}
	r.store.failpoint("restore kept")
	for _, step := range r.steps {
		if err := r.places[step.dir].makeParents(step.name, 0o755); err != nil {
			return err
		}
	}
	for _, step := range r.steps {
		if err := r.place(ctx, step); err != nil {
			return fmt.Errorf("%s: %w (%d of %d files are restored)", step.Target, err, len(r.result.Changed), len(r.steps))
		}
	}

	return nil
}

// prepare verifies the backup and finds what is to be done, and that it is what
// the plan says.
func (r *restore) prepare(ctx context.Context) error {
	changes := map[string]Change{}
	for _, c := range r.plan.Changes {
		changes[c.Path] = c
	}
	number := 0
	_, err := r.store.read(ctx, r.plan.Backup, func(e Entry, _ io.Reader) error {
		c, planned := changes[e.Path]
		if !planned {
			return nil
		}
		delete(changes, e.Path)
		if c.Kind == Same {
			r.result.Same++
		}
		step := step{Change: c, entry: e, staged: number}
		number++
		if err := r.locate(&step); err != nil {
			return err
		}
		if _, err := r.unchanged(step); err != nil {
			return fmt.Errorf("%s: %w", step.Target, err)
		}
		if c.Kind != Same {
			r.steps = append(r.steps, step)
		}

		return nil
	})
	if err != nil {
		return err
	}
	for path := range changes {
		return fmt.Errorf("%w: the plan has %s, which the backup has not", ErrRefused, path)
	}

	return nil
}

// locate finds the place anew from the roots: a plan may have been written down.
func (r *restore) locate(step *step) error {
	dir, name, err := r.plan.Roots.split(step.Path)
	if err != nil {
		return err
	}
	step.dir, step.name = dir, name
	_, err = r.places.open(dir, r.store.uid)

	return err
}

// unchanged holds that what is there is what the plan saw, and may be replaced.
func (r *restore) unchanged(step step) (present, error) {
	here, err := r.places[step.dir].look(step.name, r.store.options.MaxFile)
	switch {
	case err != nil:
		return present{}, err
	case here.refused != "":
		return present{}, fmt.Errorf("%w: %s", ErrRefused, here.refused)
	case step.Refused != "" || step.entry.Problem != "" && step.Kind != Same:
		return present{}, fmt.Errorf("%w: it was not valid when it was backed up", ErrRefused)
	case here.exists != (step.Kind != Create), here.sha256 != step.Was, here.mode != step.WasMode:
		return present{}, ErrChanged
	}

	return here, nil
}

// clear removes what an interrupted restore left, also where all is restored.
func (r *restore) clear() error {
	for dir, at := range r.places {
		if err := clearStages(at.root); err != nil {
			return fmt.Errorf("clear what an earlier restore left in %s: %w", dir, err)
		}
	}

	return nil
}

// fill writes all files, verified once more, beside where they belong.
func (r *restore) fill(ctx context.Context) error {
	for _, step := range r.steps {
		if r.stages[step.dir] != nil {
			continue
		}
		stage, err := openStage(r.places[step.dir].root)
		if err != nil {
			return err
		}
		r.stages[step.dir] = stage
	}
	steps := map[string]step{}
	for _, step := range r.steps {
		steps[step.Path] = step
	}
	_, err := r.store.read(ctx, r.plan.Backup, func(e Entry, content io.Reader) error {
		step, ok := steps[e.Path]
		if !ok {
			return nil
		}
		r.store.failpoint("restore staging")

		if err := r.stages[step.dir].put(step.staged, e, content, r.places[step.dir].owner); err != nil {
			return fmt.Errorf("%s: %w", step.Target, err)
		}

		return nil
	})

	return err
}

// keep backs up what is replaced.
func (r *restore) keep(ctx context.Context) error {
	old := gathered{valid: true}
	for _, step := range r.steps {
		here, err := r.unchanged(step)
		if err != nil {
			return err
		}
		if !here.exists {
			continue
		}
		old.contents = append(old.contents, here.content)
		old.entries = append(old.entries, Entry{
			Path: step.Path, SHA256: here.sha256, Size: int64(len(here.content)), Mode: here.mode, ModTime: tarTime(r.store.now()),
		})
	}
	if len(old.entries) == 0 {
		return nil
	}
	if err := r.store.limits().check(old.entries); err != nil {
		return err
	}
	b, _, err := r.store.store(ctx, r.keptIn(), Replaced, old)
	r.result.Replaced = b.ID

	return err
}

// keptIn is the set of what is replaced. What replaced files replace is kept
// among them.
func (r *restore) keptIn() string {
	if r.plan.Backup.State == Replaced {
		return r.plan.Backup.Set
	}

	return ReplacedBy(r.plan.Backup.Set)
}

// place puts one file into its place.
func (r *restore) place(ctx context.Context, step step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := r.unchanged(step); err != nil {
		return err
	}
	at := r.places[step.dir]
	r.store.failpoint("restore placing")
	if err := at.root.Rename(r.stages[step.dir].path(step.staged), step.name); err != nil {
		return err
	}
	r.result.Changed = append(r.result.Changed, step.Target)
	r.store.failpoint("restore placed")
	if err := at.sync(path.Dir(step.name)); err != nil {
		return err
	}
	now, err := at.look(step.name, r.store.options.MaxFile)
	if err == nil && (now.sha256 != step.entry.SHA256 || now.mode != step.entry.Mode) {
		err = errors.New("it is not what was restored: somebody else writes there")
	}

	return err
}

func (r *restore) close() {
	for _, stage := range r.stages {
		_ = stage.close() // what is left is cleared by the next restore
	}
	r.places.close()
}
