package schemas

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Config is a validated redundancy.cue with every default filled in. Its JSON
// is what policies read as data.config: durations in whole seconds, sizes in
// bytes.
type Config struct {
	Interval    Duration            `json:"interval"`
	MinInterval Duration            `json:"min_interval"`
	Settle      Duration            `json:"settle"`
	FlapWindow  Duration            `json:"flap_window"`
	PM2         map[string]PM2      `json:"pm2"`
	GitHub      map[string]GitHub   `json:"github"`
	Netlify     map[string]Netlify  `json:"netlify"`
	Backup      *BackupConfig       `json:"backup,omitempty"` // nothing is backed up where it is absent
	Policies    PolicyConfig        `json:"policies"`
	Health      HealthConfig        `json:"health"`
	Budget      BudgetConfig        `json:"budget"`
	Journal     JournalConfig       `json:"journal"`
	Maintenance []Maintenance       `json:"maintenance"`
	Approval    ApprovalConfig      `json:"approval"`
	Shadow      []Selector          `json:"shadow"`
	Emergency   EmergencyConfig     `json:"emergency"`
	Needs       map[string][]string `json:"needs"` // ids by id; in both * stands for any text
}

// PM2 configures one PM2 home.
type PM2 struct {
	Home       string    `json:"home,omitempty"`
	Expect     []string  `json:"expect"`
	Include    []string  `json:"include"`
	Exclude    []string  `json:"exclude"`
	Namespaces []string  `json:"namespaces"`
	Ecosystem  []string  `json:"ecosystem"`
	Events     bool      `json:"events"`
	Timeout    Duration  `json:"timeout"`
	StaleAfter Duration  `json:"stale_after"`
	Command    string    `json:"command"`
	DeadFor    Duration  `json:"dead_for"`
	Memory     PM2Memory `json:"memory"`
	CrashLoop  CrashLoop `json:"crash_loop"`
	Logs       PM2Logs   `json:"logs"`
	Ladder     PM2Ladder `json:"ladder"`
}

// CrashLoop configures what is a crash loop, however long each life is.
type CrashLoop struct {
	Restarts int `json:"restarts"` // in 10 minutes
}

// PM2Logs configures what logs may take.
type PM2Logs struct {
	MaxSize     Size `json:"max_size"`
	DiskFreePct int  `json:"disk_free_pct"`
}

// PM2Memory configures what is too much memory for one process tree.
type PM2Memory struct {
	Limit      Size     `json:"limit"` // 0: only PM2's own max_memory_restart counts
	WarnPct    int      `json:"warn_pct"`
	RestartPct int      `json:"restart_pct"`
	For        Duration `json:"for"`
}

// PM2Ladder configures the rungs of a PM2 process and daemon.
type PM2Ladder struct {
	Reload         Rung `json:"reload"`
	Restart        Rung `json:"restart"`
	StopStart      Rung `json:"stop_start"`
	Recreate       Rung `json:"recreate"`
	Resurrect      Rung `json:"resurrect"`
	RestoreDump    Rung `json:"restore_dump"`
	RestoreApp     Rung `json:"restore_app"`
	StartEcosystem Rung `json:"start_ecosystem"`
	Stop           Rung `json:"stop"`
	Upkeep         Rung `json:"upkeep"`
}

// Rungs lists all rungs.
func (l PM2Ladder) Rungs() []Rung {
	return []Rung{l.Reload, l.Restart, l.StopStart, l.Recreate, l.Resurrect, l.RestoreDump, l.RestoreApp, l.StartEcosystem, l.Stop, l.Upkeep}
}

// Rung configures one verb of a ladder.
type Rung struct {
	Within      Duration `json:"within,omitempty"` // how long what it began may take
	Attempts    int      `json:"attempts"`
	Cooldown    Duration `json:"cooldown"`
	MaxCooldown Duration `json:"max_cooldown"`
}

// PolicyConfig says where the operator's policies are.
type PolicyConfig struct {
	Dir string `json:"dir,omitempty"`
}

// HealthConfig says what is called healthy and what weighs how much.
type HealthConfig struct {
	Weights  Weights `json:"weights"`
	Healthy  int     `json:"healthy"`
	Critical int     `json:"critical"`
}

// Weights of the components in the overall score.
type Weights struct {
	PM2     int `json:"pm2"`
	GitHub  int `json:"github"`
	Netlify int `json:"netlify"`
	Backup  int `json:"backup"`
}

// BudgetConfig limits how often rr acts, whatever policies ask for.
type BudgetConfig struct {
	Target      Limit       `json:"target"`
	Total       Limit       `json:"total"`
	BlastRadius BlastRadius `json:"blast_radius"`
}

// BlastRadius limits how many subjects of one kind and scope are in work at
// once: begun, or not yet verified.
type BlastRadius struct {
	Max     int `json:"max"`
	Percent int `json:"percent"` // of the subjects, but always at least one
}

// Limit is a number of actions within a window.
type Limit struct {
	Max    int      `json:"max"`
	Window Duration `json:"window"`
}

// JournalConfig says how much is remembered.
type JournalConfig struct {
	KeepFor Duration `json:"keep_for"`
	MaxSize Size     `json:"max_size"`
}

// Maintenance is a time in which rr acts on nothing of what it names, again and
// again.
type Maintenance struct {
	Cron   string   `json:"cron"` // when it begins: minute, hour, day of month, month, day of week
	For    Duration `json:"for"`
	Zone   string   `json:"zone"`         // of the time zone database
	On     string   `json:"on,omitempty"` // a system, system/scope, system/scope/kind or id; empty for everything
	Reason string   `json:"reason"`
}

// EmergencyConfig says when the whole is in an emergency, and what is done then.
type EmergencyConfig struct {
	Enter     int        `json:"enter"`
	Leave     int        `json:"leave"`
	Hold      Duration   `json:"hold"`
	Settle    Duration   `json:"settle"`
	ForcedFor Duration   `json:"forced_for"`
	Plan      []PlanStep `json:"plan"`
}

// PlanStep is one step of the plan: it backs up or it recovers.
type PlanStep struct {
	Backup  []string `json:"backup,omitempty"`
	Recover string   `json:"recover,omitempty"`
	Verbs   []string `json:"verbs,omitempty"`
	Timeout Duration `json:"timeout"`
}

// ApprovalConfig says what waits for a person.
type ApprovalConfig struct {
	Required []Selector `json:"required"`
	Expires  Duration   `json:"expires"`
}

// Selector picks actions. What it does not name it leaves open.
type Selector struct {
	Verb   string `json:"verb,omitempty"`   // * stands for any text
	Policy string `json:"policy,omitempty"` // package, * stands for any text
	On     string `json:"on,omitempty"`     // a system, system/scope, system/scope/kind or id
}

// PM2PolicyConfig is data.config for a policy of a PM2 subject: the entry of
// its scope, and what holds for all.
type PM2PolicyConfig struct {
	PM2      PM2          `json:"pm2"`
	Health   HealthConfig `json:"health"`
	Interval Duration     `json:"interval"`
	Settle   Duration     `json:"settle"`
}

// OverallPolicyConfig is data.config for policies.overall.
type OverallPolicyConfig struct {
	Health    HealthConfig    `json:"health"`
	Emergency EmergencyConfig `json:"emergency"`
}

// ForPM2 returns what a policy of a PM2 subject in scope reads as data.config.
func (c Config) ForPM2(scope string) PM2PolicyConfig {
	entry := c.PM2[scope]
	for _, list := range []*[]string{&entry.Expect, &entry.Include, &entry.Exclude, &entry.Namespaces, &entry.Ecosystem} {
		if *list == nil { // null is no list: count of it is undefined
			*list = []string{}
		}
	}

	return PM2PolicyConfig{PM2: entry, Health: c.Health, Interval: c.Interval, Settle: c.Settle}
}

// ForOverall returns what policies.overall reads as data.config.
func (c Config) ForOverall() OverallPolicyConfig {
	return OverallPolicyConfig{Health: c.Health, Emergency: c.Emergency}
}

// Duration is written "30s" in redundancy.cue and read as whole seconds by
// policies.
type Duration time.Duration

// MarshalJSON writes whole seconds, rounded up.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal((time.Duration(d) + time.Second - 1) / time.Second)
}

// UnmarshalJSON reads "30s" or whole seconds.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var seconds int64
	if json.Unmarshal(b, &seconds) == nil {
		*d = Duration(time.Duration(seconds) * time.Second)
		return nil
	}

	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("duration %s: want a string as in \"30s\"", b)
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("duration %q: want a number and a unit, as in 500ms, 30s, 5m, 2h", s)
	}
	*d = Duration(parsed)

	return nil
}

// Of returns d as the standard library's type.
func (d Duration) Of() time.Duration { return time.Duration(d) }

// String writes d as the standard library does: 1m30s.
func (d Duration) String() string { return time.Duration(d).String() }

// MS returns d in milliseconds.
func (d Duration) MS() int64 { return time.Duration(d).Milliseconds() }

// Size is a number of bytes, written "300M" in redundancy.cue: K, M and G are
// powers of 1024, as PM2 reads them.
type Size int64

// UnmarshalJSON reads "300M" or bytes.
func (s *Size) UnmarshalJSON(b []byte) error {
	var bytes int64
	if json.Unmarshal(b, &bytes) == nil {
		*s = Size(bytes)
		return nil
	}

	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("size %s: want bytes or a string as in \"300M\"", b)
	}
	parsed, err := ParseSize(text)
	if err != nil {
		return err
	}
	*s = parsed

	return nil
}

// ParseSize reads bytes with an optional unit: 300M.
func ParseSize(text string) (Size, error) {
	var number int64
	var unit string
	if n, err := fmt.Sscanf(text, "%d%s", &number, &unit); n < 1 || (n == 1 && err != nil && unit != "") || number < 0 {
		return 0, fmt.Errorf("size %q: want a number and K, M or G, as in 300M", text)
	}
	shift, ok := map[string]uint{"": 0, "B": 0, "K": 10, "M": 20, "G": 30}[unit]
	if !ok {
		return 0, fmt.Errorf("size %q: unit %q is not K, M or G", text, unit)
	}
	if number > math.MaxInt64>>shift {
		return 0, fmt.Errorf("size %q: more than rr can count", text)
	}

	return Size(number << shift), nil
}
