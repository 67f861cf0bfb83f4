package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// BenchmarkStart runs `rr run --once` over 10 processes on a state directory
// that is not there yet, from its start to the first byte of its answer, which
// it prints after the turn was decided and recorded, and to its exit.
func BenchmarkStart(b *testing.B) {
	p := fleet(b, 10)
	r := newRig(b, fmt.Sprintf("pm2: local: home: %q\n", p.Home))

	var decided, ended, bare, jlist series
	for range rounds(15) {
		first, whole := r.once()
		decided.add(first)
		ended.add(whole)
		version, _ := command(b, r.command("version"))
		bare.add(version)
		list, _ := command(b, pm2Command(p, "jlist"))
		jlist.add(list)
	}
	tell(b, "start-decision-ms", figure{"start of rr run --once to its first decision", ms(median(decided.wall)), " ms", "<", 300,
		fmt.Sprintf("rr version %.0f ms, pm2 jlist %.0f ms; slowest %.0f ms", ms(median(bare.wall)), ms(median(jlist.wall)), ms(quantile(decided.wall, 100)))})
	tell(b, "start-exit-ms", figure{"start of rr run --once to its exit", ms(median(ended.wall)), " ms", "", 0,
		fmt.Sprintf("%.0f ms of CPU", ms(median(ended.cpu)))})
}

// once runs one turn and tells when its answer began and when it ended.
func (r rig) once() (first, whole spent) {
	r.b.Helper()
	if err := os.RemoveAll(r.path(".rr")); err != nil {
		r.b.Fatal(err)
	}
	cmd := r.command("run", "--once")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		r.b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		r.b.Fatal(err)
	}
	answer := bufio.NewReader(stdout)
	if _, err := answer.Peek(1); err != nil {
		r.b.Fatalf("rr run --once says nothing: %v", err)
	}
	first.wall = time.Since(began)
	if _, err := io.Copy(io.Discard, answer); err != nil {
		r.b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		r.b.Fatalf("rr run --once: %v", err)
	}

	return first, spent{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
