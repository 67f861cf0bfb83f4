package github

import (
	"context"
	"errors"
	"path"
	"time"

	"rr/internal/gitrepo"
	"rr/internal/workflowfile"
)

// lookBack is how often git is asked about files that have not changed: a
// commit changes what it says without changing them.
const lookBack = time.Minute

// past is what git knows of the workflow files of a checkout. Git is asked when
// a file changed, else once in a while.
type past struct {
	dir string
	now func() time.Time

	repo    *gitrepo.Repo
	head    string // the last commit
	asked   time.Time
	blobs   map[string]string // of the files when git was last asked, by name
	changed map[string]string // yes, no or unknown: it differs from the last commit
	valid   map[string]found  // by name
	failed  bool              // git did not answer something, and is to be asked again
}

// found is a valid version that differs from what is there.
type found struct {
	blob string // of what was there when it was looked for
	is   string // yes, no or unknown
	from string
}

// look asks git anew where something changed or enough time has passed.
func (p *past) look(ctx context.Context, files map[string]*file) {
	blobs := map[string]string{}
	for name, f := range files {
		blobs[name] = f.blob
	}
	same := sameBlobs(blobs, p.blobs)
	if !p.asked.IsZero() && p.now().Sub(p.asked) < lookBack && same {
		return
	}
	p.asked = p.now()
	repo, head := open(ctx, p.dir)
	if repo != nil && p.repo != nil && same && head == p.head && !p.failed {
		return
	}
	p.repo, p.head, p.blobs, p.changed, p.valid, p.failed = repo, head, blobs, map[string]string{}, map[string]found{}, false
}

// open finds the checkout and its last commit. It is nil where git cannot tell.
func open(ctx context.Context, dir string) (repo *gitrepo.Repo, head string) {
	repo, err := gitrepo.Open(ctx, dir)
	if err != nil {
		return nil, ""
	}
	head, err = repo.Head(ctx)
	if err != nil && !errors.Is(err, gitrepo.ErrNoHistory) {
		return nil, ""
	}

	return repo, head
}

func sameBlobs(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, blob := range a {
		if b[name] != blob {
			return false
		}
	}

	return true
}

// differs tells whether a file differs from what the last commit has.
func (p *past) differs(ctx context.Context, name string) string {
	if known, ok := p.changed[name]; ok {
		return known
	}
	changed, err := p.repo.Changed(ctx, p.at(name))
	p.changed[name] = yesNo(changed)
	if err != nil {
		p.changed[name], p.failed = "unknown", true
	}

	return p.changed[name]
}

// at is the path of a workflow file below the top of the repository.
func (p *past) at(name string) string { return p.repo.Path(p.dir, path.Join(folder, name)) }

// committed tells whether the last commit has a file as it is: also that it has
// none, where there is none.
func (p *past) committed(ctx context.Context, name string) string {
	if p.repo == nil {
		return "unknown"
	}
	switch p.differs(ctx, name) {
	case "yes":
		return "no"
	case "no":
		return "yes"
	}

	return "unknown"
}

// restorable looks for the newest valid version of a file that is invalid, or
// missing where f is nil. Nobody can tell in a clone without its history.
func (p *past) restorable(ctx context.Context, name string, f *file) (is, from string) {
	if p.repo == nil {
		return "unknown", ""
	}
	blob := ""
	var content []byte
	if f != nil {
		blob, content = f.blob, f.content
	}
	if known, ok := p.valid[name]; ok && known.blob == blob {
		return known.is, known.from
	}
	at := p.at(name)
	version, err := p.repo.NewestValid(ctx, at, content, func(text []byte) bool { return workflowfile.Check(at, text).Valid })
	looked := found{blob: blob, is: "unknown"}
	switch {
	case err == nil:
		looked.is, looked.from = "yes", "commit "+version.Commit[:12]
	case errors.Is(err, gitrepo.ErrNoVersion), errors.Is(err, gitrepo.ErrNoHistory):
		looked.is = "no"
	case !errors.Is(err, gitrepo.ErrCannotTell):
		p.failed = true
	}
	p.valid[name] = looked

	return looked.is, looked.from
}
