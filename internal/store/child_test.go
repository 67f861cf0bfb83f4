package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"rr/schemas"
)

// The test binary runs itself as a process of its own where childEnv says what
// that process does.
const childEnv = "RR_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := runChild(name, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(name, arg string) error {
	switch name {
	case "write":
		return childWrite(arg)
	case "read":
		return childRead(arg)
	case "read-once":
		return childReadOnce(arg)
	case "small-files":
		return childWriteSmallFiles(arg)
	}

	return fmt.Errorf("no child %q", name)
}

func child(t *testing.T, name, arg string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], arg)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr

	return cmd
}

// childWrite writes turns and attempts and says on stdout which are on disk.
func childWrite(dir string) error {
	ctx := context.Background()
	s, opened, err := Open(dir, Options{})
	if err != nil || opened.Quarantined != "" {
		return fmt.Errorf("Open = %+v, %v", opened, err)
	}
	memory, err := s.Memory(ctx, time.Hour)
	if err != nil {
		return err
	}
	for n := memory.Turn + 1; ; n++ {
		turn := fleetTurn(n, 10)
		attempt := begun(n, 0)
		turn.Begun = []schemas.Attempt{attempt}
		if err := s.WriteTurn(ctx, turn); err != nil {
			return err
		}
		fmt.Printf("turn %d\n", n)
		if err := s.EndAttempt(ctx, settled(attempt, schemas.AttemptRecovered)); err != nil {
			return err
		}
		fmt.Printf("ended %d\n", n)
		if n%40 == 0 {
			if _, err := s.Prune(ctx, turn.Record.Snapshot.Moment, Keep{For: 5 * 200 * time.Second, Window: 24 * time.Hour}); err != nil {
				return err
			}
		}
	}
}

// childRead reads the journal over and over until its stdin ends.
func childRead(dir string) error {
	ctx := context.Background()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
	}()
	last := int64(0)
	for n := 0; ; n++ {
		select {
		case <-done:
			fmt.Println(n)
			return nil
		default:
		}
		turn, err := readOnce(ctx, dir, n%2 == 0)
		if err != nil {
			return fmt.Errorf("read %d: %w", n, err)
		}
		if turn < last {
			return fmt.Errorf("read %d: turn %d after turn %d", n, turn, last)
		}
		last = turn
	}
}

func readOnce(ctx context.Context, dir string, long bool) (int64, error) {
	s, err := OpenRead(dir)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	times := 1
	if long {
		times = 20
	}
	var turn int64
	for range times {
		record, err := s.Record(ctx, 0)
		if err != nil {
			return 0, err
		}
		turn = record.Snapshot.Turn
		if _, err := s.Records(ctx, RecordFilter{Limit: 10}); err != nil {
			return 0, err
		}
		if _, err := s.Memory(ctx, time.Minute); err != nil {
			return 0, err
		}
	}

	return turn, nil
}

func TestWhatWasAcknowledgedOutlivesAKill(t *testing.T) {
	dir := t.TempDir()
	turns, ended := int64(0), map[int64]bool{}
	for round := range 25 {
		turns = killedWriter(t, dir, time.Duration(20+round*23%170)*time.Millisecond, ended)
		s := mustOpen(t, dir)
		memory, err := s.Memory(context.Background(), 24*time.Hour)
		if err != nil || memory.Turn < turns {
			t.Fatalf("round %d: last turn is %d, %v, want at least %d", round, memory.Turn, err, turns)
		}
		state := map[string]string{}
		for _, attempt := range memory.Attempts {
			state[attempt.ID] = attempt.State
		}
		for n := int64(1); n <= turns; n++ {
			got, want := state[fmt.Sprintf("%d-1", n)], schemas.AttemptRecovered
			if got != want && (ended[n] || got != schemas.AttemptPending) {
				t.Fatalf("round %d: attempt %d-1 is %q, want %q", round, n, got, want)
			}
		}
		for n := max(1, turns-100); n <= turns; n++ {
			if _, err := s.Record(context.Background(), n); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		s.Close()
	}
}

// killedWriter kills a writer after a while, returns the last turn and adds the
// ends of attempts that it acknowledged.
func killedWriter(t *testing.T, dir string, after time.Duration, ended map[int64]bool) (turns int64) {
	t.Helper()
	cmd := child(t, "write", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var timer *time.Timer
	for lines.Scan() {
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		what, number, _ := splitLine(lines.Text())
		switch what {
		case "turn":
			turns = number
		case "ended":
			ended[number] = true
		}
	}
	_ = cmd.Wait()
	if turns == 0 {
		t.Fatal("the writer wrote nothing")
	}

	return turns
}

func splitLine(line string) (what string, number int64, err error) {
	_, err = fmt.Sscanf(line, "%s %d", &what, &number)

	return what, number, err
}

func TestReadersOfOtherProcessesReadBesideTheWriter(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustWrite(t, s, fleetTurn(1, 10))
	stop := []func() int{startReader(t, dir), startReader(t, dir)}
	n := int64(2)
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); n++ {
		mustWrite(t, s, fleetTurn(n, 10))
		switch {
		case n%300 == 0: // the file is complete alone, then written to again
			s.Close()
			s = mustOpen(t, dir)
		case n%50 == 0:
			now := fleetTurn(n, 0).Record.Snapshot.Moment
			if _, err := s.Prune(context.Background(), now, Keep{For: 100 * 5 * time.Second}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, stop := range stop {
		if reads := stop(); reads < 5 {
			t.Errorf("reader read %d times beside %d turns", reads, n)
		}
	}
}

func startReader(t *testing.T, dir string) (stop func() int) {
	t.Helper()
	cmd := child(t, "read", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	return func() int {
		in.Close()
		lines := bufio.NewScanner(out)
		reads := 0
		for lines.Scan() {
			reads, _ = strconv.Atoi(lines.Text())
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("reader: %v", err)
		}

		return reads
	}
}
