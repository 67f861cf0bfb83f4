package netlify

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rr/internal/functions"
	"rr/internal/gitrepo"
	"rr/internal/lastgood"
)

// lookBack is how often git is asked about a source that has not changed: a
// commit changes what it says without changing the source.
const lookBack = time.Minute

// restorableAtOnce is how many broken functions are looked for in the history in
// one look, so that hundreds of them do not hold it up; the rest comes in the
// looks after it.
const restorableAtOnce = 20

// past is what git knows of a site's source.
type past struct {
	dir string
	now func() time.Time

	repo    *gitrepo.Repo // nil where git cannot tell
	none    bool          // there is no git here, so nothing is to be restored from it
	head    string        // the last commit
	asked   time.Time
	of      time.Time         // when the source was parsed that it was asked about
	blobs   map[string]string // as the last commit has them, by path
	changed map[string]string // yes, no or unknown: a main file differs from the last commit
	good    map[string]good   // by function
}

// good is whether there is a version that would mend a function.
type good struct{ is, from string }

// look asks git anew where the source or the last commit changed.
func (p *past) look(ctx context.Context, source functions.Site, parsed time.Time) {
	same := p.of.Equal(parsed)
	if same && !p.asked.IsZero() && p.now().Sub(p.asked) < lookBack {
		return
	}
	p.asked = p.now()
	repo, head, err := open(ctx, p.dir)
	p.none = errors.Is(err, gitrepo.ErrNotRepository)
	if same && repo != nil && p.repo != nil && head == p.head {
		return
	}
	p.repo, p.head, p.of, p.blobs, p.changed, p.good = repo, head, parsed, nil, map[string]string{}, map[string]good{}
	if repo == nil {
		return
	}
	blobs, err := repo.Blobs(ctx, filepath.Dir(repo.Path(p.dir, "x")))
	if err != nil {
		p.repo = nil
		return
	}
	p.blobs = blobs
	for _, f := range source.Functions {
		p.changed[f.MainFile] = p.differs(ctx, f.MainFile)
	}
}

// open finds the checkout and its last commit. It is nil where git cannot tell.
func open(ctx context.Context, dir string) (repo *gitrepo.Repo, head string, err error) {
	repo, err = gitrepo.Open(ctx, dir)
	if err != nil {
		return nil, "", err
	}
	head, err = repo.Head(ctx)
	if err != nil && !errors.Is(err, gitrepo.ErrNoHistory) {
		return nil, "", err
	}

	return repo, head, nil
}

// differs tells whether a file differs from what the last commit has. Hashes are
// compared here; git is asked only where they differ, since line ends alone are
// no difference.
func (p *past) differs(ctx context.Context, file string) string {
	at := p.repo.Path(p.dir, file)
	blob, known := p.blobs[at]
	if !known {
		return "yes"
	}
	if here, err := blobOf(filepath.Join(p.dir, filepath.FromSlash(file))); err == nil && here == blob {
		return "no"
	}
	changed, err := p.repo.Changed(ctx, at)
	if err != nil {
		return "unknown"
	}

	return yesNo(changed)
}

// blobOf is the hash by which git knows a file.
func blobOf(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("no plain file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha1.New()
	fmt.Fprintf(sum, "blob %d\x00", info.Size())
	if n, err := io.Copy(sum, f); err != nil || n != info.Size() {
		return "", errors.New("changed while it was read")
	}

	return hex.EncodeToString(sum.Sum(nil)), nil
}

// committed tells whether the last commit has a main file as it is.
func (p *past) committed(file string) string {
	switch p.changed[file] {
	case "yes":
		return "no"
	case "no":
		return "yes"
	}

	return "unknown"
}

// missing tells of a function that is not there whether the last commit has none
// either.
func (p *past) missing(source functions.Site, name string) string {
	if p.repo == nil {
		return "unknown"
	}
	for _, file := range source.MainFiles(name) {
		if _, known := p.blobs[p.repo.Path(p.dir, file)]; known {
			return "no"
		}
	}

	return "yes"
}

// restorable looks for the newest version of a source that would mend a
// function. Nobody can tell in a clone without its history.
func (p *past) restorable(ctx context.Context, source functions.Site, name string, budget *int) (is, from string) {
	if p.none {
		return "no", ""
	}
	if p.repo == nil {
		return "unknown", ""
	}
	if known, ok := p.good[name]; ok {
		return known.is, known.from
	}
	if *budget--; *budget < 0 {
		return "unknown", ""
	}
	version, err := lastgood.Site{Dir: p.dir, Found: source}.Newest(ctx, p.repo, name)
	found := good{is: "unknown"}
	switch {
	case err == nil:
		found = good{"yes", strings.TrimSpace(version.File + " of commit " + version.Commit[:12])}
	case errors.Is(err, gitrepo.ErrNoVersion), errors.Is(err, gitrepo.ErrNoHistory), errors.Is(err, lastgood.ErrNoFile):
		found.is = "no"
	case ctx.Err() != nil:
		return found.is, "" // not known for want of time
	}
	p.good[name] = found

	return found.is, found.from
}
