package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Roots say where the files of a backup belong: an absolute folder by the first
// element of their paths, which is then left out; that of "" for all others.
//
//	Roots{"home": "/home/web/.pm2", "": "/srv/app"}
//
// takes home/dump.pm2 to /home/web/.pm2/dump.pm2, and ecosystem.config.cjs to
// /srv/app/ecosystem.config.cjs.
type Roots map[string]string

// split gives the folder and the path below it to which a file belongs.
func (r Roots) split(name string) (dir, below string, err error) {
	first, rest, nested := strings.Cut(name, "/")
	if dir, ok := r[first]; ok && nested && first != "" {
		return dir, rest, nil
	}
	if dir, ok := r[""]; ok {
		return dir, name, nil
	}

	return "", "", fmt.Errorf("%w: nothing says where %s belongs", ErrRefused, name)
}

// place is an open root and whose it is.
type place struct {
	root   *os.Root
	uid    int // whom everything in it belongs to
	owner  ids // what to make of a new file, which belongs to rr
	device uint64
}

// places are the open roots of one plan, by folder.
type places map[string]*place

func (p places) close() {
	for _, place := range p {
		place.root.Close()
	}
}

// open opens a root, once. It has to be there: one that is missing may be a
// mount that is missing. Everything in it belongs to who owns it, which has to
// be whom rr runs as, unless that is the superuser.
func (p places) open(dir string, uid int) (*place, error) {
	if at, ok := p[dir]; ok {
		return at, nil
	}
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("%w: folder %q is not absolute", ErrRefused, dir)
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not there: make it first, or mount it", ErrRefused, dir)
	}
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil && uid != 0 && owner(info) != uid {
		err = fmt.Errorf("%w: %s belongs to user %d, and rr runs as %d", ErrRefused, dir, owner(info), uid)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	at := &place{root: root, uid: owner(info), owner: noChange, device: device(info)}
	if stat := info.Sys().(*syscall.Stat_t); uid == 0 && stat.Uid != 0 {
		at.owner = ids{int(stat.Uid), int(stat.Gid)}
	}
	p[dir] = at

	return at, nil
}

// present is what is at the place of a file.
type present struct {
	exists  bool
	content []byte
	sha256  string
	mode    Mode
	refused string // why rr will not replace it; empty when it would
}

// look says what is at a path, without following any link. A refusal is not an
// error: a plan shows it.
func (p *place) look(below string, limit int64) (present, error) {
	info, refused, err := p.find(below)
	switch {
	case err != nil || info == nil:
		return present{refused: refused}, err
	case refused != "":
		return present{exists: true, refused: refused}, nil
	case info.Size() > limit:
		return present{exists: true, refused: fmt.Sprintf("there is one of %d bytes, more than can be kept (max_file)", info.Size())}, nil
	}
	content, mode, _, err := readPlain(p.root, below, limit)
	if err != nil {
		return present{}, err
	}

	return present{exists: true, content: content, sha256: hashOf(content), mode: Mode(mode)}, nil
}

// find looks for a file, and says why rr would not replace it. The info is nil
// where there is none, or where that cannot be seen without following a link.
func (p *place) find(below string) (info fs.FileInfo, refused string, err error) {
	if info, refused, err := p.parents(below); err != nil || refused != "" || info == nil {
		return nil, refused, err
	}
	info, err = p.root.Lstat(below)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case err != nil:
		return nil, "", err
	case !info.Mode().IsRegular():
		return info, "there is " + kindOf(info.Mode()) + " at its place", nil
	case owner(info) != p.uid:
		return info, fmt.Sprintf("it belongs to user %d, its folder to %d", owner(info), p.uid), nil
	}

	return info, "", nil
}

// Placeable says why a restore would not put a file back that is now below a
// folder at this path; nil where it would. It is an fs.ErrNotExist where there
// is none.
func Placeable(dir, below string) error {
	if err := checkPath(below); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	places := places{}
	defer places.close()
	at, err := places.open(dir, os.Geteuid())
	if err != nil {
		return err
	}
	info, refused, err := at.find(below)
	switch {
	case err != nil:
		return err
	case refused != "":
		return fmt.Errorf("%w: %s", ErrRefused, refused)
	case info == nil:
		return fmt.Errorf("%s: %w", below, fs.ErrNotExist)
	}

	return nil
}

// parents looks at each folder above a path. The info is nil where one is
// missing yet.
func (p *place) parents(below string) (info fs.FileInfo, refused string, err error) {
	elements := strings.Split(path.Dir(below), "/")
	for i := range elements {
		dir := path.Join(elements[:i+1]...)
		info, err = p.root.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, "", nil
		case err != nil:
			return nil, "", err
		case !info.IsDir():
			return nil, fmt.Sprintf("%s is %s, not a folder", dir, kindOf(info.Mode())), nil
		case device(info) != p.device:
			return nil, dir + " is on another filesystem than the folder it is restored into", nil
		}
	}

	return info, "", nil
}

// makeParents makes the folders above a path, for whom all else belongs to.
func (p *place) makeParents(below string, mode fs.FileMode) error {
	elements := strings.Split(path.Dir(below), "/")
	for i := range elements {
		dir := path.Join(elements[:i+1]...)
		err := p.root.Mkdir(dir, mode)
		if errors.Is(err, fs.ErrExist) || dir == "." {
			continue
		}
		if err == nil && p.owner != noChange {
			err = p.root.Lchown(dir, p.owner.uid, p.owner.gid)
		}
		if err == nil {
			err = p.sync(path.Dir(dir))
		}
		if err != nil {
			return err
		}
	}

	return nil
}

func (p *place) sync(dir string) error {
	f, err := p.root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()

	return f.Sync()
}
