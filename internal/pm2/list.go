package pm2

import (
	"fmt"
	"math"
)

// decodeReply reads the body of an answer: {"args":[result]} or
// {"error":"text"}. decode reads the result; for an answer without one it is
// given a null.
func decodeReply(body []byte, method string, decode func(result *scanner) error) error {
	s := &scanner{b: body}
	var remote, failed error
	decoded := false
	ok := s.object(func(key []byte) {
		switch string(key) {
		case "error":
			remote = &RemoteError{Method: method, Text: stringValue(s.value())}
		case "args":
			s.array(func() {
				if decoded {
					s.value()
					return
				}
				decoded = true
				failed = decode(s)
			})
		default:
			s.value()
		}
	})
	switch {
	case remote != nil:
		return remote
	case !ok || s.bad:
		return &answerError{method, fmt.Errorf("%w: %w", errMalformed, ErrOutcomeUnknown)}
	case !decoded:
		failed = decode(&scanner{b: []byte("null")})
	}
	if failed != nil {
		return &answerError{method, failed}
	}
	return nil
}

// answerError is an answer that could not be read.
type answerError struct {
	method string
	err    error
}

func (e *answerError) Error() string { return e.method + ": read answer: " + e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// decodeList reads the process list in one pass.
func decodeList(s *scanner) ([]App, error) {
	apps := []App{}
	ok := s.array(func() {
		if app, ok := decodeApp(s); ok {
			apps = append(apps, app)
		} else {
			s.bad = true // a list with a hole in it would be read as an app that is gone
		}
	})
	if !ok || s.bad {
		return nil, errMalformed
	}
	return apps, nil
}

// decodeApp reads one process, false when it is none. A variable of an app can
// win over its id and its name too; that must not hide all other apps, so they
// are absent then.
func decodeApp(s *scanner) (App, bool) {
	app := App{ID: -1}
	ok := s.object(func(key []byte) {
		switch string(key) {
		case "name":
			app.Name = nameValue(s.value())
		case "pm_id":
			app.ID = idValue(s.value())
		case "pid":
			app.PID = pidValue(s.value())
		case "monit":
			decodeMonit(s, &app)
		case "pm2_env":
			decodeEnv(s, &app)
		default:
			s.value()
		}
	})
	return app, ok && !s.bad
}

// idValue reads a pm_id, -1 for none. A variable pm_id of the app makes it a
// text; the daemon goes by that text then, so digits in it are the id.
func idValue(raw []byte) int {
	if len(raw) > 2 && raw[0] == '"' {
		raw = raw[1 : len(raw)-1]
	}
	id := intValue(raw)
	if !id.Known || id.N < 0 || id.N > math.MaxInt32 {
		return -1
	}
	return int(id.N)
}

// pidValue reads a pid, 0 for none.
func pidValue(raw []byte) int {
	pid := intValue(raw)
	if pid.N < 0 || pid.N > math.MaxInt32 {
		return 0
	}
	return int(pid.N)
}

// nameValue reads a name. PM2 lets an app be called 7, without quotes.
func nameValue(raw []byte) string {
	if number(raw) {
		return string(raw[:clipAt(raw)])
	}
	return stringValue(raw)
}

func decodeMonit(s *scanner, app *App) {
	app.MonitoredMemory, app.MonitoredCPU = Int{}, Float{}
	s.object(func(key []byte) {
		switch string(key) {
		case "memory":
			app.MonitoredMemory = intValue(s.value())
		case "cpu":
			app.MonitoredCPU = floatValue(s.value())
		default:
			s.value()
		}
	})
}

// decodeEnv reads the fields of pm2_env that App has. All others, the app's
// environment among them, are stepped over.
func decodeEnv(s *scanner, app *App) {
	*app = App{Name: app.Name, ID: app.ID, PID: app.PID, MonitoredMemory: app.MonitoredMemory, MonitoredCPU: app.MonitoredCPU}
	s.space()
	start := s.i
	instanceVar := ""
	s.object(func(key []byte) {
		if string(key) == "instance_var" {
			instanceVar = stringValue(s.value())
			return
		}
		app.field(key, s.value())
	})
	if instanceVar != "" && instanceVar != instanceKey && !s.bad {
		app.Instance = instanceUnder(s.b[start:s.i], instanceVar)
	}
}

// instanceKey is where PM2 keeps the number of an instance, unless the app's
// instance_var names another.
const instanceKey = "NODE_APP_INSTANCE"

func instanceUnder(env []byte, name string) Int {
	var instance Int
	s := &scanner{b: env}
	s.object(func(key []byte) {
		raw := s.value()
		if string(key) == name {
			instance = intValue(raw)
		}
	})
	return instance
}

// field takes one field of pm2_env.
func (app *App) field(key, raw []byte) {
	switch string(key) {
	case "status":
		app.Status = statusValue(raw)
	case "namespace":
		app.Namespace = stringValue(raw)
	case instanceKey:
		app.Instance = intValue(raw)
	case "exec_mode":
		app.ExecMode = execModeValue(raw)
	case "pm_exec_path":
		app.ExecPath = stringValue(raw)
	case "pm_cwd":
		app.CWD = stringValue(raw)
	case "exec_interpreter":
		app.Interpreter = stringValue(raw)
	case "version":
		app.Version = stringValue(raw)
	case "node_version":
		app.NodeVersion = stringValue(raw)
	case "username":
		app.Username = stringValue(raw)
	case "pm_out_log_path":
		app.OutLog = stringValue(raw)
	case "pm_err_log_path":
		app.ErrLog = stringValue(raw)
	default:
		app.setting(key, raw)
	}
}

// setting takes one field of pm2_env that is no string.
func (app *App) setting(key, raw []byte) {
	switch string(key) {
	case "restart_time":
		app.Restarts = intValue(raw)
	case "unstable_restarts":
		app.UnstableRestarts = intValue(raw)
	case "created_at":
		app.CreatedAt = intValue(raw)
	case "pm_uptime":
		app.StartedAt = intValue(raw)
	case "exit_code":
		app.ExitCode = intValue(raw)
	case "max_restarts":
		app.MaxRestarts = intValue(raw)
	case "min_uptime":
		app.MinUptime = intValue(raw)
	case "restart_delay":
		app.RestartDelay = intValue(raw)
	case "exp_backoff_restart_delay":
		app.ExpBackoff = intValue(raw)
	case "kill_timeout":
		app.KillTimeout = intValue(raw)
	case "max_memory_restart":
		app.MaxMemory = intValue(raw)
	case "autorestart":
		app.Autorestart = boolValue(raw)
	case "wait_ready":
		app.WaitReady = boolValue(raw)
	case "treekill":
		app.Treekill = boolValue(raw)
	case "pmx_module":
		app.Module = boolValue(raw)
	case "watch":
		app.Watch = watchValue(raw)
	case "axm_monitor":
		app.readMetrics(raw)
	case "cron_restart":
		app.CronRestart = stringValue(raw)
	}
}

// statusValue knows the words that PM2 has for a status, so that an app's own
// variable "status" is not taken for one.
func statusValue(raw []byte) string {
	switch string(raw) {
	case `"online"`:
		return "online"
	case `"launching"`:
		return "launching"
	case `"stopping"`:
		return "stopping"
	case `"stopped"`:
		return "stopped"
	case `"errored"`:
		return "errored"
	case `"waiting restart"`:
		return "waiting restart"
	case `"one-launch-status"`:
		return "one-launch-status"
	}
	return ""
}

func execModeValue(raw []byte) string {
	switch string(raw) {
	case `"fork_mode"`:
		return "fork_mode"
	case `"cluster_mode"`:
		return "cluster_mode"
	}
	return ""
}

// watchValue reads yes, no or the list of paths to watch.
func watchValue(raw []byte) Bool {
	if len(raw) > 0 && raw[0] == '[' {
		s := &scanner{b: raw}
		items := 0
		s.array(func() { s.value(); items++ })
		return Bool{B: items > 0, Known: !s.bad}
	}
	return boolValue(raw)
}
