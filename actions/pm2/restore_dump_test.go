package pm2_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	act "rr/actions/pm2"
	"rr/schemas"
)

// dumps are backups of one dump.
type dumps struct {
	text   string
	err    error
	onLook func()
}

func (d dumps) NewestDump(_ context.Context, _ string, current []byte, valid func([]byte) bool) ([]byte, string, error) {
	if d.onLook != nil {
		d.onLook()
	}
	if d.err != nil || string(current) == d.text || !valid([]byte(d.text)) {
		return nil, "", d.err
	}

	return []byte(d.text), "backup pm2-local/1", nil
}

const (
	goodDump = `[{"name":"api","status":"online"}]`
	lostDump = `[{"name":"api"`
)

// crashed is a home whose daemon crashed, with this dump and a command that
// notes which dump it was run with.
func crashed(t *testing.T, dump string) (homes act.Homes, home string) {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "rrdead-") // not t.TempDir: a socket's path has 107 bytes at most
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(home) })
	must(t, os.WriteFile(filepath.Join(home, "pm2.pid"), []byte("4194304"), 0o600))
	if dump != "" {
		must(t, os.WriteFile(filepath.Join(home, "dump.pm2"), []byte(dump), 0o644))
	}
	ran := command(t, `test "$1" = resurrect && cp dump.pm2 ran`)

	return func(string) (string, schemas.PM2, bool) { return home, schemas.PM2{Command: ran}, true }, home
}

func text(t *testing.T, elements ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elements...))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}

	return string(b)
}

func TestADumpThatIsLostIsRestoredBeforeTheDaemonIsStarted(t *testing.T) {
	for name, dump := range map[string]string{"missing": "", "cut short": lostDump, "of others": `[{"name":"web"}]`} {
		t.Run(name, func(t *testing.T) {
			homes, home := crashed(t, dump)
			note := does(t, act.RestoreDump{Homes: homes, Dumps: dumps{text: goodDump}}, theDaemon, schemas.Snapshot{})
			if !strings.Contains(note, "dump.pm2 restored from backup pm2-local/1") || !strings.Contains(note, "apps saved: 1") {
				t.Errorf("note %q does not say what was restored", note)
			}
			if got := text(t, home, "ran"); got != goodDump {
				t.Errorf("PM2 was started with the dump %q, want %q", got, goodDump)
			}
			if info, err := os.Stat(filepath.Join(home, "dump.pm2")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("dump.pm2 is %v, %v; want it for its owner alone", info.Mode(), err)
			}
			if kept := text(t, home, "dump.pm2.bak"); dump == `[{"name":"web"}]` && kept != dump {
				t.Errorf("what it replaced is kept as %q, want %q", kept, dump)
			}
		})
	}
}

func TestADumpIsNotRestoredWhereItMustNotBe(t *testing.T) {
	serving := newDaemon(t, `[]`, nil)
	must(t, os.WriteFile(filepath.Join(serving.Home, "dump.pm2"), []byte(lostDump), 0o600))
	homes, home := crashed(t, lostDump)
	for _, c := range []struct {
		name, home, want string
		homes            act.Homes
		dumps            act.Dumps
	}{
		{"a daemon that serves", serving.Home, "the daemon is serving", serving.with(command(t, "touch ran")), dumps{text: goodDump}},
		{"no backups", home, "nothing is backed up", homes, nil},
		{"no other backup", home, "no backup holds another", homes, dumps{text: lostDump}},
		{"a backup of no app", home, "no backup holds another", homes, dumps{text: "[]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			refuses(t, act.RestoreDump{Homes: c.homes, Dumps: c.dumps}, theDaemon, schemas.Snapshot{}, c.want)
			if got := text(t, c.home, "dump.pm2"); got != lostDump || text(t, c.home, "ran") != "" {
				t.Errorf("the dump is %q, want it as it was and nothing run", got)
			}
		})
	}
	t.Run("a dump that was saved meanwhile", func(t *testing.T) {
		saved := `[{"name":"new"}]`
		meanwhile := dumps{text: goodDump, onLook: func() { must(t, os.WriteFile(filepath.Join(home, "dump.pm2"), []byte(saved), 0o600)) }}
		refuses(t, act.RestoreDump{Homes: homes, Dumps: meanwhile}, theDaemon, schemas.Snapshot{}, "has changed since")
		if got := text(t, home, "dump.pm2"); got != saved || text(t, home, "ran") != "" {
			t.Errorf("the dump is %q, want it as it was saved", got)
		}
	})
}
