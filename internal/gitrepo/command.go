package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxOutput is how much one run of git may print, in bytes.
const maxOutput = 8 << 20

var errTooMuch = fmt.Errorf("git prints more than %d bytes", maxOutput)

// settings make git run nothing that a checkout's own configuration names, and
// print the same whatever a user's says.
func settings() []string {
	return []string{
		"core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "core.attributesFile=/dev/null", "log.showSignature=false",
		"log.follow=false", "log.mailmap=false", "safe.bareRepository=explicit",
	}
}

// environ is all that git gets to see. HOME and XDG_CONFIG_HOME are where a user
// says which folders git may trust.
func environ() []string {
	env := []string{
		"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", // a partial clone would fetch what it lacks
	}
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}

	return env
}

// failure is a git that ended with an error.
type failure struct {
	command string
	code    int
	message string
}

func (f *failure) Error() string {
	return fmt.Sprintf("git %s: exit %d: %s", f.command, f.code, cmp.Or(f.message, "no reason given"))
}

// git runs git and returns what it prints.
func (r *Repo) git(ctx context.Context, args ...string) ([]byte, error) {
	return r.feed(ctx, nil, args...)
}

// feed runs git with an input, in a process group of its own, which is ended
// with it when its time is over or it prints too much.
func (r *Repo) feed(ctx context.Context, input io.Reader, args ...string) ([]byte, error) {
	timeout := cmp.Or(max(r.Timeout, 0), DefaultTimeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	all := []string{"--no-pager", "--literal-pathspecs"}
	for _, setting := range settings() {
		all = append(all, "-c", setting)
	}
	cmd := exec.CommandContext(ctx, "git", append(all, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, environ(), input
	out, stderr := &bounded{limit: maxOutput, over: cancel}, &bounded{limit: 4 << 10}
	cmd.Stdout, cmd.Stderr = out, stderr
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exited *exec.ExitError
	switch {
	case out.full:
		return nil, errTooMuch
	case err == nil:
		return out.buffer.Bytes(), nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, ErrNoGit
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git %s: ended after %s: %w", args[0], timeout, ctx.Err())
	case errors.As(err, &exited):
		return nil, explain(&failure{args[0], exited.ExitCode(), firstLines(stderr.buffer.String())}, r.Dir)
	}

	return nil, fmt.Errorf("git %s: %w", args[0], err)
}

// explain names what git says in words.
func explain(f *failure, dir string) error {
	switch {
	case strings.Contains(f.message, "dubious ownership"):
		return fmt.Errorf("%w: if you trust it, run: git config --global --add safe.directory %s", ErrUnsafe, dir)
	case strings.Contains(f.message, "not a git repository"):
		return ErrNotRepository
	case strings.Contains(f.message, "must be run in a work tree"), strings.Contains(f.message, "cannot use bare repository"):
		return fmt.Errorf("%w with a working tree", ErrNotRepository)
	case strings.Contains(f.message, "promisor remote"), strings.Contains(f.message, "transport '"):
		return fmt.Errorf("%w: %w", ErrCannotTell, f)
	}

	return f
}

var credentials = regexp.MustCompile(`([a-z+]+://)[^/@\s]+@`)

// firstLines is what git says, short and without credentials.
func firstLines(stderr string) string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(stderr, "?")), "\n")

	return credentials.ReplaceAllString(strings.Join(lines[:min(3, len(lines))], "; "), "$1")
}

// bounded keeps the beginning of what is written to it. The buffer is not
// embedded: its ReadFrom would go round the bound.
type bounded struct {
	buffer bytes.Buffer
	limit  int
	full   bool
	over   func() // called once there is too much; may be nil
}

func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	if room := b.limit - b.buffer.Len(); n > room {
		p, b.full = p[:room], true
		if b.over != nil {
			b.over()
		}
	}
	b.buffer.Write(p)

	return n, nil
}
