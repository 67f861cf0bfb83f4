package pm2

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOOMKillsAreThoseOfTheControlGroup(t *testing.T) {
	write := func(root, path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		cgroup, file, text string
		want               Int
	}{
		"version 2":                 {"0::/system.slice/pm2-web.service\n", "sys/fs/cgroup/system.slice/pm2-web.service/memory.events", "low 0\noom 3\noom_kill 2\noom_group_kill 0\n", known(2)},
		"version 2 in a container":  {"0::/\n", "sys/fs/cgroup/memory.events", "oom_kill 0\n", known(0)},
		"version 1":                 {"9:name=systemd:/\n4:memory:/a:b\n0::/\n", "sys/fs/cgroup/memory/a:b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", known(5)},
		"no memory control":         {"0::/\n", "none", "", Int{}},
		"a file without the count":  {"0::/\n", "sys/fs/cgroup/memory.events", "oom 3\n\noom_kill\n", Int{}},
		"what is no list of groups": {"x\n", "none", "", Int{}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(root, "proc/7/cgroup", test.cgroup)
			write(root, test.file, test.text)
			if got := oomKills(root, 7); got != test.want {
				t.Errorf("oomKills = %+v, want %+v", got, test.want)
			}
		})
	}
	if got := oomKills(t.TempDir(), 7); got.Known {
		t.Errorf("oomKills of no process = %+v, want unknown", got)
	}
}
