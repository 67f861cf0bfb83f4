package pm2

import "time"

// App is one process as PM2 describes it; an app with four instances is four
// of them. A field that PM2 did not give, or gave in another kind than it
// should, is absent: empty, or not Known.
//
// Name, ID, PID and the monitored numbers stand at the top of PM2's answer, all
// other fields in pm2_env. PM2 mixes the app's environment variables into both
// (tried on PM2 5, 6 and 7): a variable "namespace" is read as the namespace, a
// variable "name" renames the app and a variable "pm_id" moves it, in PM2 itself
// too. PM2 writes status, pid and pm_uptime again at each start, so that those an
// app cannot spoil.
type App struct {
	Name string // empty when PM2 has none
	ID   int    // unique in one daemon; counts from 0 again in the next: never a key; -1 when unreadable
	PID  int    // 0 when PM2 has none

	// Status is online, launching, stopping, stopped, errored, "waiting
	// restart" or one-launch-status, and empty when PM2 says anything else.
	Status    string
	Namespace string
	Instance  Int // 0, 1, … among the instances of one app

	ExecMode    string // fork_mode or cluster_mode
	ExecPath    string
	CWD         string
	Interpreter string
	Version     string // the app's own, from its package.json
	NodeVersion string
	Username    string
	OutLog      string
	ErrLog      string

	Restarts         Int
	UnstableRestarts Int
	CreatedAt        Int // ms since the epoch; set anew by a restart
	StartedAt        Int // ms since the epoch of the last start (pm_uptime), kept when stopped
	ExitCode         Int // 0 also after a signal

	Autorestart     Bool
	MaxRestarts     Int
	MinUptime       Int // ms
	RestartDelay    Int // ms
	ExpBackoff      Int // ms (exp_backoff_restart_delay)
	KillTimeout     Int // ms
	MaxMemory       Int // bytes (max_memory_restart)
	CronRestart     string
	Watch           Bool // also true when PM2 gives the list of paths to watch
	WaitReady       Bool
	Treekill        Bool
	Module          Bool // pmx_module: a module of PM2 itself, such as pm2-logrotate
	MonitoredMemory Int  // bytes of the main process; 0 for all when PM2's sampling fails
	MonitoredCPU    Float

	// What a node app reports of itself (axm_monitor), known from some seconds
	// after its start on and only while it runs.
	EventLoopP50 Float // ms of latency, the median
	EventLoopP95 Float // ms
	HeapUsage    Float // % of the heap that it has taken
}

// Int is a whole number that may be unknown.
type Int struct {
	N     int64
	Known bool
}

// Float is a number that may be unknown.
type Float struct {
	N     float64
	Known bool
}

// Bool is a yes or no that may be unknown.
type Bool struct {
	B     bool
	Known bool
}

// Time reads n as milliseconds since the epoch; the zero time when unknown.
func (n Int) Time() time.Time {
	if !n.Known {
		return time.Time{}
	}
	return time.UnixMilli(n.N).UTC()
}

// Or gives the number, or another one when it is unknown.
func (n Int) Or(other int64) int64 {
	if !n.Known {
		return other
	}
	return n.N
}
