package schemas

// What a PM2 process may be in, as rr derives it from what PM2 says and /proc
// shows.
const (
	ProcessOnline        = "online"         // PM2 says online and its process lives
	ProcessLaunching     = "launching"      // started, not yet reported online
	ProcessStopping      = "stopping"       // being stopped
	ProcessStopped       = "stopped"        // stopped: on purpose, or finished
	ProcessWaiting       = "waiting"        // PM2 waits before it restarts it
	ProcessFinished      = "finished"       // ended and is not to be restarted: a one-shot, a cron job between two runs
	ProcessCrashLoop     = "crash_loop"     // runs, but was restarted crash_loop.restarts times or more in 10 minutes
	ProcessErrored       = "errored"        // PM2 gave up on it
	ProcessHiddenErrored = "hidden_errored" // PM2 says it waits for a restart, but it gave up on it
	ProcessPhantom       = "phantom"        // PM2 says online, but there is no such process
	ProcessMissing       = "missing"        // expected, and PM2 does not know it
	ProcessUnknown       = "unknown"        // PM2 says nothing that rr knows
)

// Process is what is known of one instance of a PM2 app. A number that could
// not be learned is absent. Memory and CPU are those of the whole process
// tree, read from /proc: PM2's own figures miss the children of a wrapper.
type Process struct {
	Name             string `json:"name"`
	Namespace        string `json:"namespace,omitempty"`
	Instance         int    `json:"instance"`
	State            string `json:"state"`
	Status           string `json:"status,omitempty"` // as PM2 says it
	Expected         bool   `json:"expected"`         // named in expect:
	PMID             *int   `json:"pm_id,omitempty"`  // PM2's number, which starts from 0 with each daemon
	PID              *int   `json:"pid,omitempty"`
	Restarts         int64  `json:"restarts"`                     // since PM2 knows it; counted by rr where PM2's number is unreadable
	Restarts1m       int64  `json:"restarts_1m"`                  // that rr saw in the last minute
	Restarts10m      int64  `json:"restarts_10m"`                 // that rr saw in the last 10 minutes
	Restarts1h       int64  `json:"restarts_1h"`                  // that rr saw in the last hour
	WatchedS         int64  `json:"watched_s"`                    // for how long this rr has watched it, in seconds
	UptimeS          *int64 `json:"uptime_s,omitempty"`           // of a living process, in seconds
	StoppingS        *int64 `json:"stopping_s,omitempty"`         // for how long rr has seen PM2 stopping it, in seconds
	KillTimeoutMS    *int64 `json:"kill_timeout_ms,omitempty"`    // how long PM2 gives it to end, in milliseconds
	MemoryBytes      *int64 `json:"memory_bytes,omitempty"`       // resident, of its tree
	MemoryLimitBytes *int64 `json:"memory_limit_bytes,omitempty"` // the configured limit, else PM2's max_memory_restart
	MemoryPct        *int64 `json:"memory_pct,omitempty"`         // memory_bytes of memory_limit_bytes, in whole percent
	CPUPct           *int64 `json:"cpu_pct,omitempty"`            // of one core, of its tree, since the last sweep, in whole percent
	TreeSize         *int   `json:"tree_size,omitempty"`          // processes in its tree
	Autorestart      string `json:"autorestart"`                  // yes, no or unknown
	Wanted           string `json:"wanted"`                       // running, stopped or either: what ecosystem files, expect: and its own settings say
	Cause            string `json:"cause"`                        // what keeps it from running: script_missing, cwd_missing, interpreter_missing, not_executable, disk_full; none where nothing of these was found
	CausePath        string `json:"cause_path,omitempty"`         // the path that cause is about
	LastExitCode     *int64 `json:"last_exit_code,omitempty"`     // as the daemon's log told it
	LastExitSignal   string `json:"last_exit_signal,omitempty"`   // SIGKILL, SIGSEGV, …
	LastExitS        *int64 `json:"last_exit_s,omitempty"`        // seconds since
	InstancesWanted  *int   `json:"instances_wanted,omitempty"`   // of its app, as an ecosystem file says
	InstancesOnline  int    `json:"instances_online"`             // of its app
	EventLoopP50MS   *int64 `json:"event_loop_p50_ms,omitempty"`  // as the app reports it, whole milliseconds
	EventLoopP95MS   *int64 `json:"event_loop_p95_ms,omitempty"`
	HeapPct          *int64 `json:"heap_pct,omitempty"`           // of its heap in use, as the app reports it
	MemoryFullS      *int64 `json:"memory_full_s,omitempty"`      // seconds until memory_limit_bytes at the growth of the last 10 minutes; absent where it does not grow
	LogBytes         *int64 `json:"log_bytes,omitempty"`          // of its log files
	LogGrowthBytesM  *int64 `json:"log_growth_bytes_m,omitempty"` // per minute, since the last look
	DiskFreePct      *int64 `json:"disk_free_pct,omitempty"`      // of the disk that its logs are on
	LogDisk          string `json:"log_disk,omitempty"`           // where that disk is mounted
	Saved            string `json:"saved"`                        // dump.pm2 holds it: yes, no or unknown
	Restorable       string `json:"restorable"`                   // a backup holds another entry of it that could be started: yes, no or unknown; looked for where it is missing, errored, hidden_errored, phantom or in a crash loop, else no
	RestoreFrom      string `json:"restore_from,omitempty"`       // that backup
	InEcosystem      string `json:"in_ecosystem"`                 // an ecosystem file names it: yes, no or unknown
	Module           bool   `json:"module"`                       // one of PM2's own modules, as pm2-logrotate
	CronRestart      string `json:"cron_restart,omitempty"`
	ExecMode         string `json:"exec_mode,omitempty"` // fork_mode or cluster_mode
	Script           string `json:"script,omitempty"`    // path
	Cwd              string `json:"cwd,omitempty"`       // path
	RunsRR           bool   `json:"runs_rr"`             // rr itself runs inside it
}
