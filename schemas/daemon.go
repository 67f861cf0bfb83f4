package schemas

// What a PM2 daemon may be in. Each is knowledge: a daemon that is dead may be
// brought back, one that is stuck or another user's is left alone.
const (
	DaemonServing = "serving" // answers
	DaemonAbsent  = "absent"  // never started, or ended on purpose
	DaemonDead    = "dead"    // crashed: its pid file names a process that is gone
	DaemonStuck   = "stuck"   // lives, but does not answer
	DaemonForeign = "foreign" // another user's
)

// Daemon is what is known of the PM2 daemon of one home.
type Daemon struct {
	State          string   `json:"state"`
	Note           string   `json:"note,omitempty"` // how rr knows the state
	Home           string   `json:"home"`
	Version        string   `json:"version,omitempty"`
	NodeVersion    string   `json:"node_version,omitempty"`
	PID            *int     `json:"pid,omitempty"`
	UptimeS        *int64   `json:"uptime_s,omitempty"`        // seconds
	MemoryBytes    *int64   `json:"memory_bytes,omitempty"`    // resident, of the daemon alone
	Dump           string   `json:"dump"`                      // dump.pm2: present, missing, invalid or unknown
	SavedApps      *int     `json:"saved_apps,omitempty"`      // entries of dump.pm2
	Restorable     string   `json:"restorable"`                // a backup holds another dump.pm2 that is good: yes, no or unknown; looked for where the daemon is dead
	RestoreFrom    string   `json:"restore_from,omitempty"`    // that backup
	Orphans        *int     `json:"orphans,omitempty"`         // processes of this home that outlived their daemon; searched for once a minute while a daemon serves
	DumpAgeS       *int64   `json:"dump_age_s,omitempty"`      // seconds since dump.pm2 was saved
	Unsaved        []string `json:"unsaved,omitempty"`         // names that run and are not in dump.pm2, so a restart of the host loses them
	Unstarted      []string `json:"unstarted,omitempty"`       // names that are in dump.pm2 and that the daemon does not know
	Duplicates     *int     `json:"duplicates,omitempty"`      // further daemons of this home, which serve nobody
	Pidusage       string   `json:"pidusage"`                  // PM2's own measuring of memory and CPU: working, broken or unknown
	CommandVersion string   `json:"command_version,omitempty"` // of the pm2 command
	VersionSkew    string   `json:"version_skew"`              // the command and the daemon are of two versions: yes, no or unknown
	Logrotate      string   `json:"logrotate"`                 // the module pm2-logrotate: online, stopped, missing or unknown
	Events         string   `json:"events"`                    // the bus: connected, disconnected or off
	RunsRR         bool     `json:"runs_rr"`                   // rr itself was started by this daemon
}
