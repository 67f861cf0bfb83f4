package ecosystem

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed loader.js
var loader string

// maxAnswer bounds what an evaluated file may say.
const maxAnswer = 1 << 20

// maxRequires bounds how many files are looked at to know one again.
const maxRequires = 512

// ErrNotRun says that an evaluation did not take place, so that nothing was
// learned of the file: there is no node, none may be asked, or the file is
// another user's.
var ErrNotRun = errors.New("not evaluated")

// answer is what the loader writes.
type answer struct {
	Source   source          `json:"source"`
	Config   json.RawMessage `json:"config"`
	Requires []string        `json:"requires"` // of an error: the files that it may come from
	Error    *problem        `json:"error"`
}

// problem is an error of the evaluated file, without its message: that may
// quote the file.
type problem struct {
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Module string `json:"module"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Col    int    `json:"col"`
}

// evaluate has node evaluate a file.
func (r *Reader) evaluate(ctx context.Context, path string) (document, error) {
	raw, err := r.run(ctx, path)
	if err != nil {
		return document{}, err
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return document{}, fmt.Errorf("%s: an unreadable answer from node", path)
	}
	slices.Sort(a.Requires)
	a.Requires = a.Requires[:min(len(a.Requires), maxRequires)]
	if a.Error != nil {
		return document{requires: a.Requires}, a.Error.tell(path)
	}
	var root value
	if len(a.Config) > 0 {
		if root, err = parseJSON(a.Config); err != nil {
			return document{}, fmt.Errorf("%s: an unreadable answer from node", path)
		}
	}
	doc := prune(root)
	doc.root = doc.root.withoutPositions()
	doc.source = a.Source
	doc.requires = a.Requires

	return doc, nil
}

// withoutPositions forgets where values stand in node's answer, which is not
// where they stand in the file.
func (v value) withoutPositions() value {
	v.at = position{}
	for i, item := range v.list {
		v.list[i] = item.withoutPositions()
	}
	for name, field := range v.fields {
		v.fields[name] = field.withoutPositions()
	}
	return v
}

// tell says what is wrong, where, and what to do.
func (p problem) tell(path string) error {
	at := position{p.Line, max(p.Col, 1)}.in(p.File)
	switch {
	case slices.Contains([]string{"Unexpected token '<<'", "Unexpected token '==='", "Unexpected token '>>'", "Unexpected token '>>>'"}, p.Text):
		return fmt.Errorf("%s: %s: %s: if a merge was left unfinished, settle it and take its markers out", at, p.Kind, p.Text)
	case p.Module != "" && (strings.HasPrefix(p.Module, ".") || filepath.IsAbs(p.Module)):
		return fmt.Errorf("%s: it requires %s, which is not there", at, p.Module)
	case p.Module != "":
		return fmt.Errorf("%s: it requires the module %s, which is not installed: run npm install in the folder of its package.json", at, p.Module)
	case strings.Contains(p.Text, "'export'") || strings.Contains(p.Text, "import statement"):
		return fmt.Errorf("%s: %s: %s: it is written as an ES module, which PM2 cannot load: write module.exports = and require, in a file named %s", at, p.Kind, p.Text, properName(path))
	case strings.HasSuffix(p.Text, "is not defined"):
		return fmt.Errorf("%s: %s: %s: it is loaded as an ES module, by its name or by the \"type\" of its package.json: name the file %s", at, p.Kind, p.Text, properName(path))
	case p.Text != "":
		return fmt.Errorf("%s: %s: %s", at, p.Kind, p.Text)
	}
	return fmt.Errorf("%s: %s while it was evaluated; its message may hold a secret: see it by running node -e 'require(%q)'", at, p.Kind, path)
}

// run runs node in the folder of the file, in a process group of its own that
// is ended before run returns, and gives what the loader wrote.
func (r *Reader) run(ctx context.Context, path string) ([]byte, error) {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	nonce := rand.Text()
	cmd, err := r.command(ctx, path, nonce)
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotRun, err)
	}
	defer out.Close()
	cmd.ExtraFiles = []*os.File{in} // fd 3
	err = cmd.Start()
	in.Close()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotRun, err)
	}
	began := time.Now()
	stop := context.AfterFunc(ctx, func() { out.SetReadDeadline(time.Unix(0, 1)) })
	defer stop()
	raw, readErr := receive(out, nonce)
	if readErr != io.EOF {
		unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // not waited for yet, so the group is still ours
	}
	waitErr := cmd.Wait()
	switch {
	case readErr == nil:
		return raw, nil
	case errors.Is(readErr, errTooMuch):
		return nil, fmt.Errorf("%s: %w", path, readErr)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: it did not come to an end within %s and was stopped: %w", path, time.Since(began).Round(100*time.Millisecond), ctx.Err())
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: evaluate: %w", path, ctx.Err())
	case waitErr != nil:
		return nil, fmt.Errorf("%s: it ended node before it had named its apps (%w), as it would end pm2: take process.exit out of it", path, waitErr)
	}
	return nil, fmt.Errorf("%s: it ended node before it had named its apps, as it would end pm2: take process.exit out of it", path)
}

func (r *Reader) command(ctx context.Context, path, nonce string) (*exec.Cmd, error) {
	if err := trusted(path); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotRun, err)
	}
	program, err := r.program(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrNotRun, err)
	}
	settings, err := json.Marshal(settingNames())
	if err != nil {
		return nil, err
	}
	sections, err := json.Marshal(sectionNames())
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "--input-type=commonjs", "--max-old-space-size=512", "-e", loader, "--", path, nonce, string(settings), string(sections))
	cmd.Args[0] = "node"
	cmd.Dir = filepath.Dir(path)
	cmd.Env = r.environ()
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }

	return cmd, nil
}

// program is the node that evaluates files.
func (r *Reader) program(ctx context.Context) (string, error) {
	node := cmp.Or(r.Node, "node")
	if r.FindNode != nil {
		found, err := r.FindNode(ctx)
		if err != nil {
			return "", err
		}
		node = found
	}
	program, err := exec.LookPath(node)
	if err != nil {
		return "", fmt.Errorf("no node: %w", err)
	}

	return program, nil
}

// trusted refuses a file that another user than rr's own or root can write to or
// replace: evaluating it would lend that user rr's rights. It is asked of the
// file, of its folder, and of the folder that holds a link to it.
func trusted(path string) error {
	itself, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, one := range []string{itself, filepath.Dir(itself), filepath.Dir(path)} {
		var info unix.Stat_t
		if err := unix.Stat(one, &info); err != nil {
			return fmt.Errorf("%s: %w", one, err)
		}
		if uid := int(info.Uid); uid != 0 && uid != os.Geteuid() {
			return fmt.Errorf("%s belongs to uid %d, and rr evaluates no file of another user: %w", one, uid, fs.ErrPermission)
		}
	}

	return nil
}

// environ is all that an evaluated file gets to see.
func (r *Reader) environ() []string {
	var env []string
	if r.Home != "" {
		env = append(env, "PM2_HOME="+r.Home)
	}
	for _, name := range append([]string{"PATH", "HOME", "USER", "LANG", "TZ"}, r.Env...) {
		value, ok := os.LookupEnv(name)
		if !ok && name == "HOME" {
			value, ok = ownHome()
		}
		if ok && !strings.ContainsRune(name, '=') && (name != "PM2_HOME" || r.Home == "") {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func ownHome() (string, bool) {
	u, err := user.Current()
	if err != nil {
		return "", false
	}
	return u.HomeDir, true
}

var errTooMuch = fmt.Errorf("it says more than %d bytes", maxAnswer)

// receive reads until the answer between the nonces is complete, and skips what
// the file itself wrote. It is io.EOF when no answer came.
func receive(from io.Reader, nonce string) ([]byte, error) {
	var all []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := from.Read(chunk)
		all = append(all, chunk[:n]...)
		if _, rest, ok := bytes.Cut(all, []byte(nonce)); ok {
			if raw, _, ok := bytes.Cut(rest, []byte(nonce)); ok {
				return raw, nil
			}
		}
		if len(all) > maxAnswer {
			return nil, errTooMuch
		}
		if err != nil {
			return nil, err
		}
	}
}
