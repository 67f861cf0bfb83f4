package pm2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

// started is what came of one app.
type started struct {
	status, mode string
	env          map[string]string
}

// resurrected starts what a dump holds, and nothing else.
func resurrected(t *testing.T, p *pm2test.PM2, dump []byte) map[string]started {
	t.Helper()
	p.Run("kill")
	must(t, os.WriteFile(filepath.Join(p.Home, "dump.pm2"), dump, 0o600))
	p.Run("resurrect")
	found := map[string]started{}
	for _, app := range mustList(t, client(t, p.Home)) {
		s := started{status: app.Status, mode: app.ExecMode}
		if app.PID > 0 {
			s.env = lasting(t, environ(t, app.PID))
		}
		found[fmt.Sprintf("%s#%d", app.Name, app.Instance.N)] = s
	}
	return found
}

// lasting takes away what PM2 makes anew at each start. A cluster worker gets
// its variables as one, in JSON.
func lasting(t *testing.T, env map[string]string) map[string]string {
	t.Helper()
	if packed := env["pm2_env"]; packed != "" {
		var fields map[string]any
		must(t, json.Unmarshal([]byte(packed), &fields))
		for key, value := range fields {
			env["pm2_env."+key] = fmt.Sprint(value)
		}
		delete(fields["env"].(map[string]any), "unique_id")
		env["pm2_env.env"] = fmt.Sprint(fields["env"])
		delete(env, "pm2_env")
	}
	maps.DeleteFunc(env, func(key, _ string) bool {
		switch strings.TrimPrefix(key, "pm2_env.") {
		case "unique_id", "pm_uptime", "pm_id", "NODE_UNIQUE_ID":
			return true
		}
		return false
	})
	return env
}

func TestSaveWritesWhatPM2SaveWrites(t *testing.T) {
	t.Parallel()
	real(t, func(t *testing.T, version string) {
		api := pm2test.Sleeper("api")
		api.Instances, api.Env = 2, map[string]string{"instances": "many", "TEXT": "a \"b\" ä 💧 \u2028 </c>", "EMPTY": ""}
		api.Extra = map[string]any{"cron_restart": "0 0 1 1 *", "restart_delay": 100, "watch": []string{"nowhere"}}
		cluster := pm2test.App{Name: "cluster", Script: "/dev/null", Interpreter: "node", ExecMode: "cluster", Autorestart: pm2test.Bool(false)}
		script := filepath.Join(t.TempDir(), "idle.js")
		must(t, os.WriteFile(script, []byte("setInterval(() => {}, 1e6)"), 0o600))
		cluster.Script, cluster.Extra = script, map[string]any{"pmx": false}
		p := pm2test.Start(t, version, api, cluster, pm2test.Sleeper("off"))
		p.Run("stop", "off")
		c := client(t, p.Home)
		ctx := within(t, 60*time.Second)

		saved, err := pm2.Save(ctx, c, false)
		must(t, err)
		native, err := os.ReadFile(saved.Path)
		must(t, err)
		p.Run("save")
		theirs, err := os.ReadFile(saved.Path)
		must(t, err)
		if saved.Apps != 4 || saved.Bytes != int64(len(native)) || !bytes.Equal(native, theirs) {
			t.Errorf("Save = %+v and wrote\n%s\npm2 save wrote\n%s", saved, native, theirs)
		}
		one, other := resurrected(t, p, native), resurrected(t, p, theirs)
		if len(one) != 4 || one["off#0"].status != "stopped" || one["api#1"].status != "online" || one["cluster#0"].mode != "cluster_mode" {
			t.Errorf("resurrected from the saved dump: %+v", one)
		}
		for app, want := range other {
			if got := one[app]; got.status != want.status || got.mode != want.mode || !maps.Equal(got.env, want.env) {
				t.Errorf("%s from Save is\n%+v, from pm2 save\n%+v", app, got, want)
			}
		}
		if env := one["api#0"].env; env["TEXT"] != api.Env["TEXT"] || env["instances"] != "many" {
			t.Errorf("the variables of api came back as %q, %q", env["TEXT"], env["instances"])
		}
	})
}

// listing answers with a list that may change.
func listing(list *string) func(*pm2test.FakeConn, pm2test.FakeCall) {
	return func(c *pm2test.FakeConn, call pm2test.FakeCall) { c.Answer(call, *list) }
}

func listOf(names ...string) string {
	var apps []string
	for i, name := range names {
		apps = append(apps, fmt.Sprintf(`{"name":%q,"pm_id":%d,"pm2_env":{"name":%q,"pm_id":%d}}`, name, i, name, i))
	}
	return "[" + strings.Join(apps, ",") + "]"
}

func dumped(t *testing.T, home, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(home, file))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	must(t, err)
	must(t, os.WriteFile(filepath.Join(home, "read", "dump.pm2"), raw, 0o600))
	dump, err := pm2.ReadDump(filepath.Join(home, "read"))
	must(t, err)
	names := []string{}
	for _, e := range dump.Entries {
		names = append(names, e.Name)
	}
	return names
}

func TestSaveDoesNotGiveUpAFullerDump(t *testing.T) {
	list := listOf("api", "api", "web")
	d := pm2test.NewFakeDaemon(t, listing(&list))
	must(t, os.Mkdir(filepath.Join(d.Home, "read"), 0o700))
	c := client(t, d.Home)
	want := func(dump, backup []string) {
		t.Helper()
		if got, kept := dumped(t, d.Home, "dump.pm2"), dumped(t, d.Home, "dump.pm2.bak"); !slices.Equal(got, dump) || !slices.Equal(kept, backup) {
			t.Errorf("dump.pm2 has %q and its backup %q, want %q and %q", got, kept, dump, backup)
		}
	}
	full := []string{"api", "api", "web"}
	save := func(force bool) (pm2.Saved, error) { return pm2.Save(within(t, 5*time.Second), c, force) }
	saveRefused := func(force bool, why string) {
		t.Helper()
		if _, err := save(force); !errors.Is(err, pm2.ErrRefused) || !strings.Contains(err.Error(), why) {
			t.Errorf("Save of %s = %v, want it refused for %s", list, err, why)
		}
	}
	_, err := save(false)
	must(t, err)
	want(full, nil)
	for _, fewer := range []string{listOf("api", "web"), listOf("api", "api", "other")} {
		list = fewer
		saveRefused(false, "the last dump has more of")
	}
	list = "[]"
	saveRefused(true, "no apps")
	list = `[{"name":"m","pm_id":0,"pm2_env":{"name":"m","pmx_module":true}}]`
	saveRefused(true, "no apps")
	want(full, nil)

	list = listOf("api")
	saved, err := save(true)
	if err != nil || !slices.Equal(saved.Vanished, []string{"api", "web"}) {
		t.Errorf("Save by force = %+v, %v, want api and web vanished", saved, err)
	}
	want([]string{"api"}, full)
	for _, file := range []string{"dump.pm2", "dump.pm2.bak"} {
		if info, err := os.Stat(filepath.Join(d.Home, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want it for its owner only", file, info.Mode(), err)
		}
	}

	// What is no dump neither counts as one nor replaces the backup.
	must(t, os.WriteFile(filepath.Join(d.Home, "dump.pm2"), []byte("[{"), 0o600))
	saveRefused(false, "the last dump has more of")
	list = listOf("web", "api", "api", "new")
	_, err = save(false)
	must(t, err)
	want([]string{"web", "api", "api", "new"}, full)
	if left, _ := filepath.Glob(filepath.Join(d.Home, "*.rr")); len(left) != 0 {
		t.Errorf("Save left %v", left)
	}
}

func TestSaveTakesNoListWithAHole(t *testing.T) {
	var list string
	d := pm2test.NewFakeDaemon(t, listing(&list))
	c := client(t, d.Home)
	for _, list = range []string{`null`, `{}`, `[7]`, `[{"name":"a"}]`, `[{"name":"a","pm2_env":[]}]`, `[{"name":"a","pm2_env":{"x":tru}}]`, `[{"name":"a","pm2_env":null}]`} {
		if saved, err := pm2.Save(within(t, 5*time.Second), c, true); err == nil || strings.Contains(err.Error(), "tru") {
			t.Errorf("Save of %s = %+v, %v, want an error that does not quote it", list, saved, err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "dump.pm2")
	must(t, os.WriteFile(elsewhere, []byte(`[{"name":"a"}]`), 0o600))
	must(t, os.Symlink(elsewhere, filepath.Join(d.Home, "dump.pm2")))
	list = listOf("a")
	if saved, err := pm2.Save(within(t, 5*time.Second), c, false); !errors.Is(err, pm2.ErrRefused) {
		t.Errorf("Save through a link = %+v, %v, want %v", saved, err, pm2.ErrRefused)
	}
	if _, err := pm2.Save(context.Background(), &pm2.Client{Home: filepath.Join(t.TempDir(), "none")}, true); !errors.Is(err, pm2.ErrRefused) {
		t.Errorf("Save in no home = %v, want %v", err, pm2.ErrRefused)
	}
}
