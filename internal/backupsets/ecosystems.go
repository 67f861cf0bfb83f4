package backupsets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rr/internal/backup"
	"rr/internal/ecosystem"
	"rr/internal/functions"
	"rr/internal/pm2"
)

// ecosystemFile is an ecosystem file that the configuration names.
type ecosystemFile struct {
	path   string // absolute
	reader *ecosystem.Reader
}

// reading is what came of reading one.
type reading struct {
	content string // its sha256 when it was read, hex; empty where it could not be
	unasked bool   // it is in JavaScript, and evaluating it told nothing of it
	err     error  // why PM2 would start nothing of it
}

// addEcosystemFiles makes ecosystem files of the configuration a part of a set, each
// with what it requires, the scripts that it names and the .env beside it. It
// reads none of them.
func (s *Set) addEcosystemFiles(o Options, scope string) {
	s.project = filepath.Dir(o.Path)
	s.Roots[projectRoot] = s.project
	for _, file := range o.Config.PM2[scope].Ecosystem {
		path := o.Resolve(file)
		if slices.ContainsFunc(s.ecosystems, func(e ecosystemFile) bool { return e.path == path }) {
			continue
		}
		s.ecosystems = append(s.ecosystems, ecosystemFile{path, o.reader(scope)})
		for _, dir := range []string{filepath.Dir(path), filepath.Dir(real(path))} {
			s.Roots[rootOf(s.project, dir)] = dir
		}
	}
}

// reader reads the ecosystem files of a scope. Where none is given, none in
// JavaScript is evaluated.
func (o Options) reader(scope string) *ecosystem.Reader {
	if o.Reader != nil {
		return o.Reader(scope)
	}

	return &ecosystem.Reader{FindNode: func(context.Context) (string, error) { return "", pm2.ErrNotAsked }}
}

// addEcosystems reads the ecosystem files of a set and adds what they name. One
// that cannot be read is added alone. It fails only where there was no time.
func (f *found) addEcosystems(ctx context.Context, s Set) error {
	f.read, f.seen = map[string]reading{}, map[string]string{}
	for _, file := range s.ecosystems {
		told, err := file.reader.Read(ctx, file.path)
		if ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", file.path, ctx.Err())
		}
		own := filepath.Dir(file.path)
		read := reading{content: told.Content, unasked: unlearned(err), err: wrong(told, err)}
		f.read[file.path], f.read[real(file.path)] = read, read
		f.add(s.project, file.path, own)
		f.add(s.project, filepath.Join(own, ".env"), own)
		for _, path := range told.Requires {
			f.add(s.project, path, own, filepath.Dir(path))
			f.seen[path] = sumOf(path)
		}
		for _, app := range told.Apps {
			f.addScript(s.project, own, app)
		}
	}

	return nil
}

// unlearned tells whether an error says nothing of a file: rr has no right to
// evaluate it, there is no node, or there was no time. An rr that is started
// without node in its $PATH, on a host that is overloaded, must not lose its
// backups for it.
func unlearned(err error) bool {
	return errors.Is(err, ecosystem.ErrNotRun) || errors.Is(err, context.DeadlineExceeded)
}

// addScript adds the script of an app, where it is the project's own: a plain
// file below the folder of the configuration, of the ecosystem file or of the
// app, and outside of node_modules. A shell that runs a command line, an
// interpreter or another program of the system is no work of the project: a
// package manager brings it back, as npm does what it installs, and a restore
// must not write over it. A script that a restore could not put back, such as
// another user's, would keep all else from being restored, and is left out too.
func (f *found) addScript(project, own string, app ecosystem.App) {
	if app.Command || !filepath.IsAbs(app.Script) {
		return
	}
	folders := []string{project, own}
	if app.CWD != "/" {
		folders = append(folders, app.CWD)
	}
	for _, dir := range folders {
		f.roots[rootOf(project, dir)] = dir
	}
	itself := real(app.Script)
	if installed(app.Script) || installed(itself) {
		return
	}
	for _, path := range slices.Compact([]string{app.Script, itself}) {
		if f.place(project, path, folders, func(dir, rel string) bool { return backup.Placeable(dir, rel) == nil }) {
			return
		}
	}
}

// installed tells what a package manager puts onto a machine, or npm into a
// project.
func installed(path string) bool {
	if strings.Contains(path, "/node_modules/") {
		return true
	}
	for _, dir := range []string{
		"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec",
		"/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/nix/store", "/snap",
	} {
		if strings.HasPrefix(path, dir+"/") {
			return true
		}
	}

	return false
}

// add adds a plain file that is there: below the folder of the configuration,
// or else below one of its own; of these, where a restore would put it back.
func (f *found) add(project, path string, folders ...string) {
	folders = append([]string{project}, folders...)
	for _, dir := range folders {
		f.roots[rootOf(project, dir)] = dir
	}
	for _, takes := range []func(dir, rel string) bool{
		func(dir, rel string) bool { return backup.Placeable(dir, rel) == nil }, plainFile,
	} {
		for _, path := range []string{path, real(path)} {
			if f.place(project, path, append(folders, filepath.Dir(path)), takes) {
				return
			}
		}
	}
}

// place adds a file below the first folder that takes it.
func (f *found) place(project, path string, folders []string, takes func(dir, rel string) bool) bool {
	for _, dir := range folders {
		rel, inside := below(dir, path)
		if !inside || !takes(dir, rel) {
			continue
		}
		root := rootOf(project, dir)
		f.roots[root] = dir
		f.Files = append(f.Files, backup.File{Path: root + "/" + rel, Root: dir, From: rel})

		return true
	}

	return false
}

// plainFile tells whether a file can be read as one of a backup.
func plainFile(dir, rel string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(rel))

	return err == nil && info.Mode().IsRegular()
}

// wrong says why PM2 would start nothing of a file as it stands; nil where it
// would start something. A file that is only misnamed, or lies in a folder that
// misleads PM2, is good content: rr itself can start what it names. What package
// ecosystem says quotes neither an environment nor any other setting.
func wrong(file ecosystem.File, err error) error {
	problem := file.Problem
	switch {
	case err != nil:
		problem = err.Error()
	case problem == "", !file.Recognised && len(file.Apps) > 0:
		return nil
	}

	return backup.Unquoted(strings.TrimPrefix(strings.TrimPrefix(problem, file.Path+":"), " "))
}

const errMoving = backup.Unquoted("changed while it was looked at")

// asPM2Would judges ecosystem files by whether PM2 would start them, and all
// else as judge does.
//
// What is restored for practice is judged by what can be told without
// evaluating it, since what it requires is not there: JSON and YAML as in place,
// JavaScript by its syntax. So is a file in place of which evaluating told
// nothing, as where there is no node or it is another user's: it is not known to
// be wrong.
func (s Set) asPM2Would(f found, judge backup.Judge) backup.Judge {
	return func(name string, content []byte) error {
		path, sum := at(f.roots, name), sha256.Sum256(content)
		read, known := f.read[path]
		seen := read.content
		if required, is := f.seen[path]; is {
			seen = required
		}
		switch {
		case seen != "" && seen != hex.EncodeToString(sum[:]):
			return errMoving
		case known && !read.unasked:
			return read.err
		case known, f.read == nil && s.names(path):
			return unevaluated(path, content)
		}

		return judge(name, content)
	}
}

// names tells whether a path is that of an ecosystem file.
func (s Set) names(path string) bool {
	return slices.ContainsFunc(s.ecosystems, func(e ecosystemFile) bool { return path == e.path || path == real(e.path) })
}

// unevaluated says what is wrong with the content of an ecosystem file as far as
// that can be told without evaluating it.
func unevaluated(path string, content []byte) error {
	file, err := ecosystem.Parse(path, content)
	if errors.Is(err, ecosystem.ErrJavaScript) {
		if err := functions.CheckScript(content); err != nil {
			return backup.Unquoted(err.Error())
		}
		return nil
	}

	return wrong(file, err)
}

// sumOf is the sha256 of a file, hex, empty where it cannot be read.
func sumOf(path string) string {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(content)

	return hex.EncodeToString(sum[:])
}
