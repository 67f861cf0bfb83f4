package githubapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// GH authenticates with the token that the gh command is logged in with.
type GH struct {
	Host    string           // empty for github.com
	Path    string           // the gh command; found in $PATH when empty
	Timeout time.Duration    // of one run; 0 is 10 s
	Keep    time.Duration    // how long a token is used before gh is asked again; 0 is 10 min
	Now     func() time.Time // the wall clock when nil

	mu    sync.Mutex
	found Credential
	asked time.Time
}

// Credential runs gh, unless it did lately.
func (g *GH) Credential(ctx context.Context) (Credential, error) {
	now := time.Now
	if g.Now != nil {
		now = g.Now
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if age := now().Sub(g.asked); g.found.Token != "" && age >= 0 && age < cmp.Or(max(g.Keep, 0), 10*time.Minute) {
		return g.found, nil
	}
	token, err := g.run(ctx)
	if err != nil {
		return Credential{}, err
	}
	if g.found, err = newCredential(token); err != nil {
		return Credential{}, fmt.Errorf("gh auth token: %w", err)
	}
	g.asked = now()

	return g.found, nil
}

// forget drops a token that was refused: gh may have a newer one.
func (g *GH) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.found = Credential{}
}

// run asks gh once. What gh writes to stderr is not told, because it is not
// rr's to know what it holds.
func (g *GH) run(ctx context.Context) (string, error) {
	timeout := cmp.Or(max(g.Timeout, 0), 10*time.Second)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	command := exec.CommandContext(ctx, cmp.Or(g.Path, "gh"), "auth", "token", "--hostname", cmp.Or(g.Host, "github.com"))
	command.Env = ghEnvironment(os.LookupEnv)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	out := &bounded{limit: maxToken + 1}
	command.Stdout = out
	err := command.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("gh auth token: gh is not installed")
	case ctx.Err() != nil:
		return "", fmt.Errorf("gh auth token: no answer: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("gh auth token: %w; log in with `gh auth login`", err)
	}

	return out.String(), nil
}

// ghEnvironment is as little as gh finds its login with. A GH_TOKEN of rr's own
// stays out: gh would repeat it instead of telling its login.
func ghEnvironment(lookup func(string) (string, bool)) []string {
	env := []string{"GH_PROMPT_DISABLED=1", "GH_NO_UPDATE_NOTIFIER=1", "NO_COLOR=1"}
	for _, name := range []string{"PATH", "HOME", "USER", "GH_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "DBUS_SESSION_BUS_ADDRESS"} {
		if value, found := lookup(name); found {
			env = append(env, name+"="+value)
		}
	}

	return env
}

// bounded keeps the first bytes and lets the rest go.
type bounded struct {
	bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}

	return len(p), nil
}
