package pm2_test

import (
	"fmt"
	"strings"
	"testing"

	"rr/internal/pm2"
)

const savedOne = `[{"name":"api","status":"online","pm_exec_path":"/bin/sh","pm_cwd":"/","exec_interpreter":"none","exec_mode":"fork_mode",` +
	`"env":{"TOKEN":"s3cret","unique_id":"1"},"pm_out_log_path":"/l/api-out-1.log","pm_err_log_path":"/l/e.log","pm_pid_path":"/p/api-1.pid"}]`

func savedApps(t *testing.T, text string) []pm2.SavedApp {
	t.Helper()
	dump, err := pm2.ParseDump([]byte(text))
	if err != nil {
		t.Fatal(err)
	}

	return dump.Apps()
}

func TestASavedAppIsAnotherOnlyWhereASettingOfItIs(t *testing.T) {
	now := savedApps(t, savedOne)
	for _, c := range []struct {
		name, old, changed string
		same               bool
	}{
		{"another id of its start", `"unique_id":"1"`, `"unique_id":"2"`, true},
		{"another number of it", `-1.`, `-12.`, true},
		{"other counts", `"status":"online"`, `"status":"errored","restart_time":9,"axm_monitor":{"a":1}`, true},
		{"another order", `"name":"api","status":"online"`, `"status":"online","name":"api"`, true},
		{"another variable", `s3cret`, `s3cre7`, false},
		{"one variable more", `"TOKEN"`, `"A":"b","TOKEN"`, false},
		{"other arguments", `"status":"online"`, `"status":"online","args":["x"]`, false},
		{"another log", `/l/api-out`, `/l/api-out-old`, false},
		{"another folder", `"pm_cwd":"/"`, `"pm_cwd":"/tmp"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := savedApps(t, strings.ReplaceAll(savedOne, c.old, c.changed))
			if unfit := other[0].Unfit(now, false); (unfit == "it is the same as in dump.pm2") != c.same || !c.same && unfit != "" {
				t.Errorf("Unfit = %q, want it the same: %t", unfit, c.same)
			}
		})
	}
}

func TestASavedAppHoldsNoEnvironment(t *testing.T) {
	if told := fmt.Sprintf("%#v", savedApps(t, savedOne)); strings.Contains(told, "s3cret") || strings.Contains(told, "TOKEN") {
		t.Errorf("it holds %s", told)
	}
}
