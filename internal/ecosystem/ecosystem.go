// Package ecosystem reads the ecosystem files that an operator named, so that
// rr knows which apps PM2 should run. It reports what such a file says, as PM2
// understands it, and whether PM2 would understand it at all.
//
// It writes nothing but what Render is asked for, and runs nothing, with one
// exception: a file in JavaScript is evaluated, because nothing less tells what
// it says, in a node process of its own that is given very little. No
// environment of an app leaves this package, neither in a File nor in an error;
// of a file in JavaScript it does not even leave the node process.
//
// Read it as kind.go (what PM2 takes a file for, by its name), json.go, yaml.go
// and node.go (what the file says), value.go (a value as JavaScript sees it),
// document.go (where the apps are in it), app.go (what PM2 makes of one),
// cache.go (a file is evaluated once) and render.go (what to give to PM2 when
// the name is wrong).
//
// The rules are those of PM2 7, which are PM2 5's and 6's too but for details.
// They were found by trying; oracle_test.go asks a real one.
package ecosystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Reader reads ecosystem files. It may be used by several goroutines and is not
// copied after its first use.
type Reader struct {
	// Node is the program that evaluates files in JavaScript, best the one
	// that runs the PM2 daemon (/proc/<pid>/exe); node in $PATH when empty.
	Node string

	// FindNode tells the program instead of Node, unless nil. It is asked when a
	// file has to be evaluated and not before; its error is that of the Read.
	FindNode func(context.Context) (string, error)

	// Home is given to the evaluated file as PM2_HOME, unless empty.
	Home string

	// Env names variables that an evaluated file gets to see beside PATH,
	// HOME, USER, LANG and TZ.
	Env []string

	// Timeout bounds one evaluation; 0 is DefaultTimeout.
	Timeout time.Duration

	// CPUs is how many CPUs the daemon sees, for instances relative to them;
	// counted when 0.
	CPUs int

	// Now tells the time; time.Now when nil.
	Now func() time.Time

	mu    sync.Mutex
	files map[string]*history // by path
}

// DefaultTimeout is far more than a file needs that only names apps.
const DefaultTimeout = 10 * time.Second

// File is what one ecosystem file says.
type File struct {
	Path       string // absolute
	Kind       string // one of Kinds
	Recognised bool   // PM2 takes a file of this path for an ecosystem file of its kind
	Problem    string // why `pm2 start` of this file would not start all its apps; empty when it would
	Advice     string // what to do about Problem
	Apps       []App
	Content    string   // sha256 of the file alone, hex; also beside an error, where it could be read
	Hash       string   // of its content and of the files it required: the same hash, the same apps
	Requires   []string // absolute paths of what it required, sorted, without packages of node_modules

	source source
}

// App is what PM2 would run for one app of a file, with PM2's defaults filled
// in and paths resolved as if `pm2 start` were run in the folder of the file.
type App struct {
	Name             string
	Namespace        string
	Script           string // absolute where it was found; a command line is the shell that runs it
	Command          bool   // Script was found in $PATH
	CWD              string // absolute
	Interpreter      string // "none" for a program that needs none
	ExecMode         string // fork_mode or cluster_mode
	Instances        int
	Autorestart      bool
	Autostart        bool
	Watch            bool
	CronRestart      string
	MaxMemoryRestart int64 // bytes; 0 when there is no limit
	MaxRestarts      int
	MinUptime        time.Duration
	RestartDelay     time.Duration
	ExpBackoff       time.Duration

	// Problem says why PM2 would not start this app, though it may start the
	// others; empty when it would.
	Problem string
}

// Read reads one file. A file that PM2 would not start as it stands is no
// error as long as its apps can be learned: File.Problem says what is wrong.
// Errors begin with file:line:col where that is known.
//
// A file in JavaScript is evaluated once for each content of it and of what it
// required; a second Read at the same time waits for the first. What failed is
// tried again after a while, less and less often.
func (r *Reader) Read(ctx context.Context, path string) (File, error) {
	file, err := named(path)
	if err != nil {
		return file, err
	}
	content, err := readFile(file.Path)
	if err != nil {
		return file, err
	}

	return r.tell(ctx, file, content)
}

// ErrJavaScript says that only evaluating a file would tell what it says.
var ErrJavaScript = errors.New("it is written in JavaScript, and is not evaluated")

// Parse tells of a content what Read would, were it that of the file at path.
// It evaluates nothing: of a file in JavaScript it gives an ErrJavaScript.
func Parse(path string, content []byte) (File, error) {
	file, err := named(path)
	if err == nil && file.Kind == JS {
		err = fmt.Errorf("%s: %w", file.Path, ErrJavaScript)
	}
	if err != nil {
		return file, err
	}

	return (&Reader{}).tell(context.Background(), file, content)
}

// named is what the name of a file tells.
func named(path string) (File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return File{}, fmt.Errorf("read ecosystem file: %w", err)
	}
	file := File{Path: path, Kind: kindByName(filepath.Base(path))}
	file.Recognised = file.Kind != "" && taken(path) == file.Kind
	if file.Kind == "" {
		return file, fmt.Errorf("%s: by its name it may be a program, which rr does not run to see what it names: rename it to %s", path, nameByContent(path))
	}

	return file, nil
}

// tell adds what the content of a file says.
func (r *Reader) tell(ctx context.Context, file File, content []byte) (File, error) {
	file.Content = hash(content, nil)
	doc, err := r.document(ctx, &file, content)
	if err != nil {
		return file, err
	}
	file.Hash, file.Requires, file.source = doc.hash, slices.Clone(doc.requires), doc.source
	r.settle(&file, doc)

	return file, nil
}

// document is what the file says, with nothing in it that rr does not read.
func (r *Reader) document(ctx context.Context, file *File, content []byte) (document, error) {
	if file.Kind == JS {
		return r.evaluated(ctx, file.Path, content)
	}
	var root value
	var err error
	switch file.Kind {
	case JSON:
		root, err = parseJSON(content)
	case YAML:
		root, err = parseYAML(content)
	}
	if err != nil {
		return document{}, fmt.Errorf("%s:%w", file.Path, err)
	}
	doc := prune(root)
	doc.hash = hash(content, nil)

	return doc, nil
}

// maxFile is a hundred times what a large ecosystem file has.
const maxFile = 1 << 20

var errNotPlain = errors.New("not a plain file")

// readFile reads a plain file of a bounded size, and does not wait for a
// writer where it meets a pipe.
func readFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("read ecosystem file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read ecosystem file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read ecosystem file: %s: %w", path, errNotPlain)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read ecosystem file: %w", err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read ecosystem file: %s: more than %d bytes", path, maxFile)
	}
	return content, nil
}

func (r *Reader) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}
