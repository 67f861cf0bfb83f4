package pm2

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func entryFields() map[string]string {
	return map[string]string{
		"name": `"api"`, "pm_exec_path": `"/srv/api.js"`, "pm_cwd": `"/srv"`, "exec_interpreter": `"node"`, "exec_mode": `"cluster_mode"`,
		"env": `{"SECRET":"do not tell"}`, "pm_out_log_path": `"/o"`, "pm_err_log_path": `"/e"`, "pm_pid_path": `"/p"`,
		"status": `"stopped"`, "namespace": `"default"`, "NODE_APP_INSTANCE": `1`, "args": `["a"]`, "SECRET": `"do not tell"`,
	}
}

func entryJSON(fields map[string]string) string {
	parts := []string{}
	for key, value := range fields {
		parts = append(parts, fmt.Sprintf("%q:%s", key, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func home(t *testing.T, dump string) string {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "dump.pm2"), []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestDumpTellsWhatItHoldsButNoEnvironment(t *testing.T) {
	dump, err := ReadDump(home(t, "["+entryJSON(entryFields())+"]"))
	if err != nil || len(dump.Entries) != 1 {
		t.Fatalf("ReadDump = %+v, %v", dump, err)
	}
	e := dump.Entries[0]
	raw := e.raw
	e.raw = nil
	want := DumpEntry{Name: "api", Namespace: "default", Status: "stopped", Instance: known(1), ExecMode: "cluster_mode",
		ExecPath: "/srv/api.js", CWD: "/srv", Interpreter: "node"}
	if e != want || raw.problem != nil {
		t.Errorf("entry = %+v, %v, want %+v", e, raw.problem, want)
	}
	printed, _ := json.Marshal(dump)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("dump", "dump", dump)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("dump", "dump", dump)
	all := string(printed) + log.String() + fmt.Sprintf("%v %+v %#v %q", dump, dump, dump, fmt.Sprint(dump.Entries))
	if strings.Contains(all, "do not tell") {
		t.Errorf("the environment was printed: %s", all)
	}
}

func TestDumpEntryThatWouldEndTheDaemonIsRefused(t *testing.T) {
	spoil := map[string][]string{}
	for _, key := range []string{"name", "pm_exec_path", "pm_cwd", "exec_interpreter", "exec_mode", "pm_out_log_path", "pm_err_log_path", "pm_pid_path"} {
		spoil[key] = []string{"", "null", "5", `""`, "{}", `["x"]`, "true"}
	}
	spoil["env"] = []string{"", "null", "5", `"x"`, "[]"}
	spoil["args"] = []string{"null", "5", `"x"`, "{}"}
	spoil["cron_restart"] = []string{"5", "true", "{}", `["x"]`, `"x"`, `"* * * *"`, `"60 * * * *"`, `"* * * * 8"`, `"*/0 * * * *"`, `"5-1 * * * *"`, `"-1 * * * *"`, `"* * * * * * *"`, `"0-6/2,12 * * * *"`}
	spoil["watch"] = []string{"5", "{}", "[5]", `["src",""]`}
	spoil["instances"] = []string{"null", "2", `"many"`}
	spoil["pm_id"] = []string{`"7"`, "7"}
	spoil["pm_log_path"] = []string{"null", "5", "{}"}
	for key, values := range spoil {
		for _, value := range values {
			fields := maps.Clone(entryFields())
			fields[key] = value
			if value == "" {
				delete(fields, key)
			}
			entries, err := decodeDump([]byte("[" + entryJSON(fields) + "]"))
			if err != nil {
				t.Fatal(err)
			}
			if err := entries[0].Problem(); err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("an entry with %s = %q: Problem() = %v, want one with %s", key, value, err, key)
			}
		}
	}
	for key, values := range map[string][]string{
		"cron_restart": {"null", "0", `""`, `"* * * * *"`, `"*/5 0-6,12 1 1-6/2 0"`, `"30 0 3 * * 1-5"`},
		"watch":        {"null", "false", "true", `"src"`, `["src","lib"]`, "[]"},
	} {
		for _, value := range values {
			fields := maps.Clone(entryFields())
			fields[key] = value
			entries, err := decodeDump([]byte("[" + entryJSON(fields) + "]"))
			if err != nil || entries[0].Problem() != nil {
				t.Errorf("an entry with %s = %s: %v, %v, want no problem", key, value, err, entries[0].Problem())
			}
		}
	}
	entries, err := decodeDump([]byte(`[null, 5, "x", [], {}]`))
	if err != nil || len(entries) != 5 {
		t.Fatalf("decodeDump = %v, %v", entries, err)
	}
	for i, e := range append(entries, DumpEntry{}) {
		if e.Problem() == nil {
			t.Errorf("entry %d has no problem", i)
		}
	}
}

func TestDumpThatIsNoneIsAnError(t *testing.T) {
	for _, bad := range []string{"", "{}", "null", "[", "[{]", "[{\"name\":\"a\"}]x", "\x00\x00"} {
		if dump, err := ReadDump(home(t, bad)); err == nil || strings.Contains(err.Error(), "\x00") {
			t.Errorf("ReadDump of %q = %+v, %v, want an error", bad, dump, err)
		}
	}
	if _, err := ReadDump(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDump of none = %v, want %v", err, fs.ErrNotExist)
	}
	if dump, err := ReadDump(home(t, "[]")); err != nil || len(dump.Entries) != 0 {
		t.Errorf("ReadDump of an empty one = %+v, %v", dump, err)
	}
}

func FuzzDecodeDump(f *testing.F) {
	f.Add([]byte("[" + entryJSON(entryFields()) + "]"))
	f.Add([]byte(`[{"name":"a","name":5}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := decodeDump(raw)
		if err != nil {
			return
		}
		for _, e := range entries {
			if !json.Valid([]byte(e.raw.object)) {
				t.Errorf("%q was taken from %q", e.raw.object, raw)
			}
		}
	})
}
