package pm2

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestLogRotateIsTheModuleAndNoAppOfThatName(t *testing.T) {
	module := App{Name: "pm2-logrotate", ID: 3, Status: "stopped", Module: Bool{B: true, Known: true}}
	if got, found := LogRotate([]App{{Name: "pm2-logrotate"}, {Name: "api"}, module}); !found || got != module {
		t.Errorf("LogRotate = %+v, %t, want the module", got, found)
	}
	if got, found := LogRotate([]App{{Name: "pm2-logrotate"}}); found {
		t.Errorf("LogRotate = %+v, want none", got)
	}
}

func TestFileFacts(t *testing.T) {
	log := filepath.Join(t.TempDir(), "out.log")
	if err := os.WriteFile(log, make([]byte, 1234), 0o600); err != nil {
		t.Fatal(err)
	}
	size, free, err := FileFacts(log)
	if err != nil || size != 1234 || free <= 0 || free > 1<<60 {
		t.Errorf("FileFacts = %d, %d, %v, want 1234 bytes and room", size, free, err)
	}
	if _, _, err := FileFacts(log + ".1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("FileFacts of none = %v, want %v", err, fs.ErrNotExist)
	}
	for _, none := range []string{"/dev/null", filepath.Dir(log)} {
		if _, _, err := FileFacts(none); err == nil {
			t.Errorf("FileFacts(%s) gave no error", none)
		}
	}
}
