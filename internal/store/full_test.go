package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"rr/schemas"
)

func TestWriteTurnWorksAgainOnceTheFileMayGrow(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustWrite(t, s, bulkyTurn(1))
	if _, err := s.db.Exec(`PRAGMA max_page_count = 60`); err != nil {
		t.Fatal(err)
	}
	n := fillUp(t, s, 2)
	if _, err := s.db.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	checkAfterFull(t, s, n)
}

func TestWriteTurnWorksAgainOnceTheDiskHasRoom(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Logf("no tmpfs here (%v): a limit on the size of files stands for it", err)
		if out, err := child(t, "small-files", dir).Output(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})

	s, _, err := Open(filepath.Join(dir, "state"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mustWrite(t, s, bulkyTurn(1))
	n := fillUp(t, s, 2)
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	checkAfterFull(t, s, n)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	checkReopened(t, filepath.Join(dir, "state"), n+20)
}

// childWriteSmallFiles is the full disk of a machine without tmpfs: the kernel
// refuses to let files grow, with EFBIG, and then allows it.
func childWriteSmallFiles(dir string) error {
	ctx := context.Background()
	s, _, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 600 << 10, Max: before.Max}); err != nil {
		return err
	}
	n := int64(1)
	for ; err == nil && n < 1000; n++ {
		err = s.WriteTurn(ctx, bulkyTurn(n))
	}
	if !errors.Is(err, ErrNotWritten) {
		return fmt.Errorf("WriteTurn %d = %v, want %v", n, err, ErrNotWritten)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		return err
	}

	return s.WriteTurn(ctx, bulkyTurn(n))
}

func TestWriteTurnWorksAgainOnceFilesMayGrow(t *testing.T) {
	if out, err := child(t, "small-files", t.TempDir()).Output(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// bulkyTurn is a turn that does not compress, with an attempt.
func bulkyTurn(n int64) Turn {
	turn := smallTurn(n)
	for i := range 100 {
		hash, _ := schemas.Hash([]int64{n, int64(i)})
		turn.Record.Decision.Errors = append(turn.Record.Decision.Errors, schemas.PolicyError{Error: hash})
	}
	turn.Begun = []schemas.Attempt{begun(n, 0)}

	return turn
}

// fillUp writes turns until one is refused, and returns that one's number.
func fillUp(t *testing.T, s *Store, n int64) int64 {
	t.Helper()
	for ; n < 5000; n++ {
		err := s.WriteTurn(context.Background(), bulkyTurn(n))
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrNotWritten) {
			t.Fatalf("WriteTurn = %v, want %v", err, ErrNotWritten)
		}
		for range 3 { // and it stays so
			if err := s.WriteTurn(context.Background(), bulkyTurn(n)); !errors.Is(err, ErrNotWritten) {
				t.Fatalf("WriteTurn = %v, want %v", err, ErrNotWritten)
			}
		}

		return n
	}
	t.Fatal("the disk never got full")

	return 0
}

// checkAfterFull checks that nothing of turn n is there and that writing goes
// on.
func checkAfterFull(t *testing.T, s *Store, n int64) {
	t.Helper()
	memory, err := s.Memory(context.Background(), 1e6*1e9)
	if err != nil || memory.Turn != n-1 || int64(len(memory.Attempts)) != n-1 {
		t.Errorf("Memory has turn %d and %d attempts, %v, want %d", memory.Turn, len(memory.Attempts), err, n-1)
	}
	for ; n <= memory.Turn+20; n++ {
		mustWrite(t, s, bulkyTurn(n))
	}
	for n--; n > 0; n-- {
		if _, err := s.Record(context.Background(), n); err != nil {
			t.Errorf("Record(%d): %v", n, err)
		}
	}
	if err := quickCheck(context.Background(), s.db, "1"); err != nil {
		t.Error(err)
	}
}

func checkReopened(t *testing.T, dir string, atLeast int64) {
	t.Helper()
	s := mustOpen(t, dir)
	defer s.Close()
	memory, err := s.Memory(context.Background(), 0)
	if err != nil || memory.Turn < atLeast-1 {
		t.Errorf("Memory has turn %d, %v, want %d", memory.Turn, err, atLeast-1)
	}
}
