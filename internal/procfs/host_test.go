package procfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostIDDoesNotShowTheMachineID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "machine-id")
	const id = "0123456789abcdef0123456789abcdef"
	if err := os.WriteFile(file, []byte(id+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := FS{MachineID: file}.HostID()
	if err != nil || len(got) != 32 || strings.Contains(got, id[:8]) {
		t.Errorf("HostID = %q, %v, want a hash", got, err)
	}
	again, _ := FS{MachineID: file}.HostID()
	other, err := FS{MachineID: file + ".none"}.HostID()
	if again != got || err != nil || other == got || len(other) != 32 {
		t.Errorf("HostID = %q again %q, without a machine id %q, %v", got, again, other, err)
	}
}

func TestBootIDAndBoottimeAreThoseOfThisBoot(t *testing.T) {
	id, err := FS{}.BootID()
	if err != nil || len(id) != 36 {
		t.Errorf("BootID = %q, %v, want a UUID", id, err)
	}
	before := Boottime()
	if after := Boottime(); before <= 0 || after < before {
		t.Errorf("Boottime = %d, then %d", before, after)
	}
}
