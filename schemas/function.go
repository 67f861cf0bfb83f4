package schemas

// What the source of a function may be in.
const (
	FunctionValid   = "valid"
	FunctionInvalid = "invalid" // it does not parse, imports what is not there, or cannot be deployed
	FunctionMissing = "missing" // expected, and not there
)

// Function is what is known of a Netlify function from its source. Nothing of
// it is ever run.
type Function struct {
	Name        string   `json:"name"`
	MainFile    string   `json:"main_file,omitempty"` // below the site's folder
	State       string   `json:"state"`
	Expected    bool     `json:"expected"`              // named in expect:
	Problem     string   `json:"problem,omitempty"`     // the first thing that makes it invalid, as file:line:column: text
	Cause       string   `json:"cause"`                 // of that: none, syntax, import, handler, size, duplicate, unreadable
	Problems    int      `json:"problems"`              // that make it invalid
	Warnings    int      `json:"warnings"`              // that do not
	Warning     string   `json:"warning,omitempty"`     // the first of them
	Runtime     string   `json:"runtime"`               // js, go or rs; unknown where it is missing
	APIVersion  *int     `json:"api_version,omitempty"` // 1 or 2
	Handler     string   `json:"handler"`               // it exports one: yes, no or unknown
	Background  bool     `json:"background"`
	Schedule    string   `json:"schedule,omitempty"` // cron
	ScheduleOK  string   `json:"schedule_ok"`        // the schedule is cron: yes, no, or none where it has none
	SizeBytes   *int64   `json:"size_bytes,omitempty"`
	SizePct     *int64   `json:"size_pct,omitempty"` // of the 50 MB that Netlify takes, in whole percent
	Routes      []string `json:"routes"`
	Env         []string `json:"env"`        // names of the variables that it reads
	Debris      bool     `json:"debris"`     // an editor's or a script's left-over that Netlify would deploy
	Committed   string   `json:"committed"`  // the checkout's last commit has its main file like this: yes, no or unknown
	Restorable  string   `json:"restorable"` // a valid version that differs is at hand: yes, no or unknown
	RestoreFrom string   `json:"restore_from,omitempty"`
}
