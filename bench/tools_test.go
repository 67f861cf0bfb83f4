package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rr/internal/pm2test"
	"rr/runner/config"
	"rr/schemas"
)

// spent is what something took.
type spent struct {
	wall, cpu time.Duration
}

// own measures what a function takes in this process: its CPU is that of all
// threads, so nothing else may run here meanwhile.
func own(b *testing.B, f func()) spent {
	b.Helper()
	before, began := ownCPU(b), time.Now()
	f()

	return spent{wall: time.Since(began), cpu: ownCPU(b) - before}
}

func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// perCall is own of n calls, divided by n.
func perCall(b *testing.B, n int, f func()) spent {
	b.Helper()
	all := own(b, func() {
		for range n {
			f()
		}
	})

	return spent{wall: all.wall / time.Duration(n), cpu: all.cpu / time.Duration(n)}
}

// series are the rounds of one thing.
type series struct {
	wall, cpu []time.Duration
}

func (s *series) add(one spent) {
	s.wall, s.cpu = append(s.wall, one.wall), append(s.cpu, one.cpu)
}

// command runs a program to its end and gives what it took and said. Exit codes
// among ok are no failure.
func command(b *testing.B, cmd *exec.Cmd, ok ...int) (spent, []byte) {
	b.Helper()
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		for _, code := range ok {
			if exit.ExitCode() == code {
				err = nil
			}
		}
	}
	if err != nil {
		b.Fatalf("%v: %v\n%s%s", cmd.Args, err, out.Bytes(), complaints.Bytes())
	}

	return spent{wall: took, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, out.Bytes()
}

// pm2Command is a pm2 command in its own home.
func pm2Command(p *pm2test.PM2, args ...string) *exec.Cmd {
	cmd := exec.Command(p.Bin, args...)
	cmd.Dir, cmd.Env = p.Home, p.Environ()

	return cmd
}

// fleet starts n sleepers under the newest PM2, with an environment of the usual
// size: PM2 sends it twice in each answer.
func fleet(b *testing.B, n int) *pm2test.PM2 {
	b.Helper()
	app := pm2test.Sleeper("app")
	app.Instances = n
	app.Env = map[string]string{}
	for i := range 40 {
		app.Env[fmt.Sprintf("VARIABLE_%d", i)] = "a value of usual length /usr/bin"
	}

	return pm2test.Start(b, "7", app)
}

// parse validates a configuration.
func parse(b *testing.B, text string) schemas.Config {
	b.Helper()
	loaded, err := config.Parse("redundancy.cue", []byte(text))
	if err != nil {
		b.Fatal(err)
	}

	return loaded.Config
}

// verbs are those of rr.
func verbs() []schemas.Verb {
	return []schemas.Verb{
		{Name: "pm2.restart", Rungs: map[string]int{"pm2/process": 0}},
		{Name: "pm2.stop_start", Rungs: map[string]int{"pm2/process": 1}},
		{Name: "pm2.resurrect", Rungs: map[string]int{"pm2/process": 2, "pm2/daemon": 0}},
	}
}

// rig is a folder with a configuration, where rr runs with nothing of the
// environment but PATH.
type rig struct {
	b   *testing.B
	dir string
}

func newRig(b *testing.B, text string) rig {
	b.Helper()
	dir, err := os.MkdirTemp("/tmp", "rrbench-") // a socket's path has 107 bytes at most
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	r := rig{b: b, dir: dir}
	r.write("redundancy.cue", text)

	return r
}

func (r rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r rig) write(name, text string) {
	r.b.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil {
		r.b.Fatal(err)
	}
	if err := os.WriteFile(r.path(name), []byte(text), 0o644); err != nil {
		r.b.Fatal(err)
	}
}

func (r rig) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = r.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "NO_COLOR=1"}

	return cmd
}

// running is an rr run in the background.
type running struct {
	b     *testing.B
	cmd   *exec.Cmd
	lines chan line

	mu  sync.Mutex
	log []string
}

// line is one line of rr's log, and when it was read.
type line struct {
	at   time.Time
	text string
}

// run starts rr run and ends it with the benchmark.
func (r rig) run() *running {
	r.b.Helper()
	cmd := r.command("run")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		r.b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.b.Fatal(err)
	}
	s := &running{b: r.b, cmd: cmd, lines: make(chan line, 10_000)}
	var reading sync.WaitGroup
	reading.Go(func() { s.read(stderr) })
	r.b.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			r.b.Error(err)
		}
		timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			r.b.Errorf("rr run: %v\n%s", err, s.said())
		}
	})

	return s
}

func (s *running) read(stderr io.Reader) {
	scanner := bufio.NewScanner(stderr)
	for scanner.Scan() {
		one := line{at: time.Now(), text: scanner.Text()}
		s.mu.Lock()
		s.log = append(s.log, one.text)
		s.mu.Unlock()
		select {
		case s.lines <- one:
		default: // nobody waits for lines
		}
	}
}

func (s *running) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return strings.Join(s.log, "\n")
}

// await gives the next line that holds a text.
func (s *running) await(text string) line {
	s.b.Helper()
	timeout := time.After(60 * time.Second)
	for {
		select {
		case one := <-s.lines:
			if strings.Contains(one.text, text) {
				return one
			}
		case <-timeout:
			s.b.Fatalf("rr does not say %q:\n%s", text, s.said())
		}
	}
}

// cpuOf is the CPU time that a process has used, to the hundredth of a second.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime of proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}

	return time.Duration(ticks) * 10 * time.Millisecond
}

// memoryOf reads a field of /proc/<pid>/status, in MB of 10^6 bytes.
func memoryOf(b *testing.B, pid int, field string) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for text := range strings.Lines(string(raw)) {
		var kib float64
		if n, _ := fmt.Sscanf(text, field+": %f kB", &kib); n == 1 {
			return kib * 1024 / 1e6
		}
	}
	b.Fatalf("/proc/%d/status has no %s", pid, field)

	return 0
}

// deadline is a context for one call.
func deadline(b *testing.B) (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.Context(), time.Minute)
}
