package ecosystem_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"rr/internal/ecosystem"
)

// A file in JavaScript runs with rr's rights, so that nobody else may have
// written it; one that is only read may be anyone's.
func TestNoFileOfAnotherUserIsEvaluated(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	const other = 65534
	for it, test := range map[string]struct {
		name    string
		give    string // what belongs to the other user, below the folder
		read    string // what is read
		refused bool
	}{
		"evaluates one's own":                    {"own/e.config.cjs", "", "own/e.config.cjs", false},
		"leaves another user's":                  {"own/e.config.cjs", "own/e.config.cjs", "own/e.config.cjs", true},
		"leaves one in another user's folder":    {"own/e.config.cjs", "own", "own/e.config.cjs", true},
		"leaves another user's behind a link":    {"own/e.config.cjs", "own/e.config.cjs", "links/l.config.cjs", true},
		"leaves one that another's link names":   {"own/e.config.cjs", "links", "links/l.config.cjs", true},
		"evaluates one's own behind a link":      {"own/e.config.cjs", "", "links/l.config.cjs", false},
		"reads another user's that is only read": {"own/e.json", "own/e.json", "own/e.json", false},
	} {
		dir := t.TempDir()
		mark := filepath.Join(dir, "mark")
		must(t, errors.Join(os.Mkdir(filepath.Join(dir, "own"), 0o755), os.Mkdir(filepath.Join(dir, "links"), 0o755)))
		text := `{"apps": [{"name": "api", "script": "a.js"}]}`
		if filepath.Ext(test.name) == ".cjs" {
			text = "require('fs').writeFileSync('" + mark + "', ''); module.exports = " + text
		}
		write(t, filepath.Join(dir, test.name), text)
		must(t, os.Symlink(filepath.Join(dir, test.name), filepath.Join(dir, "links", "l.config.cjs")))
		if test.give != "" {
			must(t, os.Chown(filepath.Join(dir, test.give), other, other))
		}
		file, err := (&ecosystem.Reader{}).Read(t.Context(), filepath.Join(dir, test.read))
		if test.refused != (errors.Is(err, ecosystem.ErrNotRun) && errors.Is(err, fs.ErrPermission)) || !test.refused && (err != nil || len(file.Apps) != 1) {
			t.Errorf("it %s: Read() = %+v, %v; want it refused: %t", it, file.Apps, err, test.refused)
		}
		if _, err := os.Stat(mark); test.refused && err == nil {
			t.Errorf("it %s: it was evaluated", it)
		}
	}
}
