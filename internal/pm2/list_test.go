package pm2

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func list(t *testing.T, raw string) []App {
	t.Helper()
	apps, err := decodeList(&scanner{b: []byte(raw)})
	if err != nil {
		t.Fatalf("decodeList(%.100s): %v", raw, err)
	}
	return apps
}

func known(n int64) Int { return Int{N: n, Known: true} }

func TestListReadsTheFieldsOfAnApp(t *testing.T) {
	got := list(t, `[{"pid":11,"name":"api","pm2_env":{"env":{"status":"no","SECRET":"x"},"status":"online","namespace":"default",
		"NODE_APP_INSTANCE":2,"exec_mode":"fork_mode","pm_exec_path":"/srv/api.js","pm_cwd":"/srv","exec_interpreter":"node",
		"restart_time":3,"unstable_restarts":1,"created_at":1000,"pm_uptime":2000,"autorestart":true,"max_restarts":16,"min_uptime":1000,
		"restart_delay":100,"exp_backoff_restart_delay":5,"cron_restart":"0 * * * *","watch":["src"],"wait_ready":false,
		"max_memory_restart":314572800,"pmx_module":true,"version":"1.2.3","node_version":"20.1.0","username":"web","exit_code":0,
		"pm_out_log_path":"/o","pm_err_log_path":"/e","kill_timeout":1600,"treekill":true,"SECRET":"x"},"pm_id":7,"monit":{"memory":1024,"cpu":0.5}}]`)
	yes, no := Bool{B: true, Known: true}, Bool{Known: true}
	want := []App{{Name: "api", ID: 7, PID: 11, Status: "online", Namespace: "default", Instance: known(2), ExecMode: "fork_mode",
		ExecPath: "/srv/api.js", CWD: "/srv", Interpreter: "node", Version: "1.2.3", NodeVersion: "20.1.0", Username: "web",
		OutLog: "/o", ErrLog: "/e", Restarts: known(3), UnstableRestarts: known(1), CreatedAt: known(1000), StartedAt: known(2000),
		ExitCode: known(0), Autorestart: yes, MaxRestarts: known(16), MinUptime: known(1000), RestartDelay: known(100), ExpBackoff: known(5),
		KillTimeout: known(1600), MaxMemory: known(314572800), CronRestart: "0 * * * *", Watch: yes, WaitReady: no, Treekill: yes, Module: yes,
		MonitoredMemory: known(1024), MonitoredCPU: Float{N: 0.5, Known: true}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decodeList =\n%+v, want\n%+v", got, want)
	}
}

func TestListTakesAFieldOfAnotherKindForAbsent(t *testing.T) {
	got := list(t, `[{"pm_id":"5","name":7,"pid":null,"monit":null,"pm2_env":{"status":"evil","exec_mode":"evil","namespace":{"a":["]"]},
		"NODE_APP_INSTANCE":"9","created_at":null,"restart_time":"many","autorestart":"false","watch":"src","cron_restart":0,
		"max_memory_restart":1126.4,"min_uptime":1e999,"pm_cwd":["x"]}},{"pm_id":[],"name":{},"pm2_env":[]}]`)
	want := []App{{ID: 5, Name: "7", MaxMemory: known(1126)}, {ID: -1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decodeList =\n%+v, want\n%+v", got, want)
	}
}

func TestListFollowsTheNameThatAnAppGivesToItsInstanceNumber(t *testing.T) {
	got := list(t, `[{"pm_id":0,"name":"a","pm2_env":{"N":3,"instance_var":"N","NODE_APP_INSTANCE":1}}]`)
	if got[0].Instance != known(3) {
		t.Errorf("Instance = %+v, want 3", got[0].Instance)
	}
}

func TestListCutsLongText(t *testing.T) {
	for _, long := range []string{strings.Repeat("a", 3*maxText), strings.Repeat("a", maxText-1) + "ä", strings.Repeat(`\n`, 3*maxText)} {
		got := list(t, `[{"pm_id":0,"name":"a","pm2_env":{"pm_cwd":"`+long+`"}}]`)[0].CWD
		if len(got) > maxText || len(got) < maxText-1 || !utf8.ValidString(got) {
			t.Errorf("%d bytes were kept, want at most %d and whole characters", len(got), maxText)
		}
	}
}

func TestListWithAHoleIsNoList(t *testing.T) {
	for _, bad := range []string{``, `null`, `{}`, `[`, `[{"name":"a"`, `[{"name":"a","pm_id":0},`, `[{"name":"a","pm_id":0}`, `[7]`, `[null]`,
		`[{"name":"a" "pm_id":0}]`, `[{name:"a"}]`, `[{"name":"a","pm_id":0,"pm2_env":{"env":{"x":"}}]`} {
		if apps, err := decodeList(&scanner{b: []byte(bad)}); err == nil {
			t.Errorf("decodeList(%s) = %+v, want an error", bad, apps)
		}
	}
}

func TestReplyWithoutAResultIsOneForAnActionOnly(t *testing.T) {
	nothing := func(s *scanner) error { s.value(); return nil }
	wantList := func(s *scanner) error { _, err := decodeList(s); return err }
	if err := decodeReply([]byte(`{"args":[]}`), "stop", nothing); err != nil {
		t.Errorf("an action answered with nothing: %v", err)
	}
	for _, body := range []string{`{"args":[]}`, `{}`, `[]`, ``, `{"args":[[{"name":"a","pm_id":0}]`} {
		if err := decodeReply([]byte(body), "list", wantList); err == nil {
			t.Errorf("a list answered with %s gave no error", body)
		}
	}
}

// FuzzDecodeList holds the scanner against encoding/json: what that takes for
// a list of objects must come out the same here.
func FuzzDecodeList(f *testing.F) {
	f.Add([]byte(`[{"name":"api","pm_id":0,"pid":11,"monit":{"memory":1,"cpu":0.1},"pm2_env":{"env":{"A":"}\"]"},"status":"online","pm_cwd":"/\u00e4","restart_time":-3}}]`))
	f.Add([]byte(`[{"n\u0061me":"a\\","pm_id":"1","pm2_env":{"watch":[[],{}],"max_memory_restart":1.5e3,"NODE_APP_INSTANCE":1}}]`))
	f.Add([]byte(`[{"pm2_env":{"pm_cwd":"a"},"pm2_env":{"status":"stopped"}}]`))
	f.Add([]byte(`[{"pm2_env":{"instance_var":"X","X":4}}]`))
	f.Add([]byte(`[{"pm2_env":{"axm_monitor":{"Event Loop Latency":{"value":"0.42","unit":"ms"},"Event Loop Latency p95":"1.8 ms","Heap Usage":{"value":24.5,"unit":"%"}}}}]`))
	f.Add([]byte(`[{"pm2_env":{"axm_monitor":{"Heap Usage":{"value":"24.50\u0020%","unit":null},"Event Loop Latency":{"value":"1","unit":"s"}}}}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decodeList(&scanner{b: raw})
		var want []map[string]any
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if !json.Valid(raw) || d.Decode(&want) != nil || want == nil {
			return
		}
		for _, object := range want {
			if object == nil {
				return // an item that is null is refused
			}
		}
		if err != nil || len(got) != len(want) {
			t.Fatalf("decodeList(%q) = %d apps, %v, want %d", raw, len(got), err, len(want))
		}
		for i := range want {
			if same, want := got[i], slowApp(want[i]); !reflect.DeepEqual(same, want) {
				t.Errorf("decodeList(%q)[%d] =\n%+v, want\n%+v", raw, i, same, want)
			}
		}
	})
}

// slowApp reads an app the plain way.
func slowApp(o map[string]any) App {
	env, _ := o["pm2_env"].(map[string]any)
	monit, _ := o["monit"].(map[string]any)
	app := App{ID: -1, Name: slowText(o["name"])}
	if n, ok := o["name"].(json.Number); ok {
		app.Name = cut(n.String())
	}
	id := o["pm_id"]
	if s, ok := id.(string); ok && json.Valid([]byte(s)) && strings.TrimSpace(s) == s {
		id = json.Number(s)
	}
	if n := slowInt(id); n.Known && n.N >= 0 && n.N <= math.MaxInt32 {
		app.ID = int(n.N)
	}
	if n := slowInt(o["pid"]); n.N > 0 && n.N <= math.MaxInt32 {
		app.PID = int(n.N)
	}
	switch s := slowText(env["status"]); s {
	case "online", "launching", "stopping", "stopped", "errored", "waiting restart", "one-launch-status":
		app.Status = s
	}
	switch s := slowText(env["exec_mode"]); s {
	case "fork_mode", "cluster_mode":
		app.ExecMode = s
	}
	app.Instance = slowInt(env[instanceKey])
	if name := slowText(env["instance_var"]); name != "" {
		app.Instance = slowInt(env[name])
	}
	app.Namespace, app.ExecPath, app.CWD = slowText(env["namespace"]), slowText(env["pm_exec_path"]), slowText(env["pm_cwd"])
	app.Interpreter, app.Version, app.NodeVersion = slowText(env["exec_interpreter"]), slowText(env["version"]), slowText(env["node_version"])
	app.Username, app.OutLog, app.ErrLog = slowText(env["username"]), slowText(env["pm_out_log_path"]), slowText(env["pm_err_log_path"])
	app.CronRestart = slowText(env["cron_restart"])
	app.Restarts, app.UnstableRestarts = slowInt(env["restart_time"]), slowInt(env["unstable_restarts"])
	app.CreatedAt, app.StartedAt, app.ExitCode = slowInt(env["created_at"]), slowInt(env["pm_uptime"]), slowInt(env["exit_code"])
	app.MaxRestarts, app.MinUptime = slowInt(env["max_restarts"]), slowInt(env["min_uptime"])
	app.RestartDelay, app.ExpBackoff = slowInt(env["restart_delay"]), slowInt(env["exp_backoff_restart_delay"])
	app.KillTimeout, app.MaxMemory = slowInt(env["kill_timeout"]), slowInt(env["max_memory_restart"])
	app.Autorestart, app.WaitReady, app.Treekill = slowBool(env["autorestart"]), slowBool(env["wait_ready"]), slowBool(env["treekill"])
	app.Module, app.Watch = slowBool(env["pmx_module"]), slowBool(env["watch"])
	if paths, ok := env["watch"].([]any); ok {
		app.Watch = Bool{B: len(paths) > 0, Known: true}
	}
	app.MonitoredMemory = slowInt(monit["memory"])
	if n, ok := monit["cpu"].(json.Number); ok {
		f, err := n.Float64()
		if err == nil {
			app.MonitoredCPU = Float{N: f, Known: true}
		}
	}
	metrics, _ := env["axm_monitor"].(map[string]any)
	app.EventLoopP50 = slowMetric(metrics["Event Loop Latency"], "ms")
	app.EventLoopP95 = slowMetric(metrics["Event Loop Latency p95"], "ms")
	app.HeapUsage = slowMetric(metrics["Heap Usage"], "%")
	return app
}

var metricPattern = regexp.MustCompile(`^([-+.0-9eE]+) *(.*)$`)

// slowMetric reads a metric the plain way.
func slowMetric(v any, unit string) Float {
	if metric, ok := v.(map[string]any); ok {
		if other := metric["unit"]; other != nil && other != unit {
			return Float{}
		}
		v = metric["value"]
	}
	text, isText := v.(string)
	if n, ok := v.(json.Number); ok {
		text = n.String()
	} else if parts := metricPattern.FindStringSubmatch(text); !isText || len(text) > maxMetric || parts == nil || parts[2] != "" && parts[2] != unit {
		return Float{}
	} else {
		text = parts[1]
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Float{}
	}
	return Float{N: f, Known: true}
}

func slowText(v any) string {
	s, _ := v.(string)
	return cut(s)
}

func cut(s string) string {
	for len(s) > maxText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

func slowBool(v any) Bool {
	b, ok := v.(bool)
	return Bool{B: b, Known: ok}
}

func slowInt(v any) Int {
	n, ok := v.(json.Number)
	if !ok {
		return Int{}
	}
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return known(i)
	}
	f, err := n.Float64()
	if err != nil || math.Abs(f) >= 1<<63 {
		return Int{}
	}
	return known(int64(f))
}

// body is a list of n apps as a daemon sends it, 4.3 KB each.
func body(n int) []byte {
	var env, apps strings.Builder
	for i := range 43 {
		fmt.Fprintf(&env, `,"VARIABLE_%d":"a value of usual length /usr/bin:%d"`, i, i)
	}
	for i := range n {
		if i > 0 {
			apps.WriteByte(',')
		}
		fmt.Fprintf(&apps, `{"pid":%d,"name":"app-%d","pm2_env":{"name":"app-%d","args":["3600"],"exec_interpreter":"none","env":{%s},"merge_logs":true,"vizion":true,"autorestart":true,"instance_var":"NODE_APP_INSTANCE","treekill":true,"username":"root","kill_retry_time":100,"namespace":"default","pm_exec_path":"/bin/sleep","pm_cwd":"/srv/app","exec_mode":"fork_mode","pm_out_log_path":"/root/.pm2/logs/app-out.log","pm_err_log_path":"/root/.pm2/logs/app-error.log","pm_pid_path":"/root/.pm2/pids/app.pid","NODE_APP_INSTANCE":0%s,"status":"online","pm_uptime":1795372312817,"axm_actions":[],"axm_monitor":{},"axm_options":{},"axm_dynamic":{},"created_at":1795372312650,"pm_id":%d,"restart_time":0,"unstable_restarts":0,"started_inside":false,"version":"N/A","exit_code":0},"pm_id":%d,"monit":{"memory":1720320,"cpu":0.1}}`,
			1000+i, i, i, env.String()[1:], env.String(), i, i)
	}
	return []byte(`{"args":[[` + apps.String() + `]]}`)
}

func BenchmarkDecodeList(b *testing.B) {
	for _, n := range []int{10, 100, 300} {
		raw := body(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				var apps []App
				err := decodeReply(raw, "getMonitorData", func(s *scanner) error {
					var err error
					apps, err = decodeList(s)
					return err
				})
				if err != nil || len(apps) != n {
					b.Fatal(err, len(apps))
				}
			}
		})
	}
}
