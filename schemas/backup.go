package schemas

import (
	"maps"
	"slices"
)

// Built-in sets, as backup.builtin names them.
const (
	BuiltinRR         = "rr"         // the configuration and the policies of rr itself
	BuiltinJournal    = "journal"    // rr's journal
	BuiltinGitHub     = "github"     // the workflow files of each repository
	BuiltinNetlify    = "netlify"    // the source of each site's functions
	BuiltinPM2        = "pm2"        // what each PM2 home would start again; holds secrets
	BuiltinAutomation = "automation" // ecosystem files, the scripts that they name, and automation/**
)

// How archives are encrypted, as backup.encrypt says.
const (
	EncryptAge  = "age"
	EncryptNone = "none" // not at all, secrets neither
)

// BackupConfig configures what is backed up, how often, and what is kept.
type BackupConfig struct {
	Dir          string                     `json:"dir,omitempty"` // backups in the state directory where it is absent
	Mirror       string                     `json:"mirror,omitempty"`
	Every        Duration                   `json:"every"`
	JournalEvery Duration                   `json:"journal_every"`
	StaleAfter   Duration                   `json:"stale_after"`
	VerifyEvery  Duration                   `json:"verify_every"`
	DrillEvery   Duration                   `json:"drill_every"`
	Encrypt      string                     `json:"encrypt,omitempty"` // for the recipients, where it is absent and there are any
	Recipients   []string                   `json:"recipients"`
	IdentityEnv  string                     `json:"identity_env,omitempty"`
	IdentityFile string                     `json:"identity_file,omitempty"`
	Builtin      []string                   `json:"builtin"`
	Sets         map[string]BackupSetConfig `json:"sets"`
	MaxFile      Size                       `json:"max_file"`
	MaxSet       Size                       `json:"max_set"`
	Keep         BackupKeep                 `json:"keep"`
	Ladder       BackupLadder               `json:"ladder"`
}

// BackupSetConfig names files that are backed up together.
type BackupSetConfig struct {
	Root   string   `json:"root"`
	Paths  []string `json:"paths"`  // globs below root
	Secret bool     `json:"secret"` // kept only encrypted
}

// BackupKeep says which backups remain. The last good one of a set does,
// whatever it says.
type BackupKeep struct {
	Last    int      `json:"last"`
	Hourly  int      `json:"hourly"`
	Daily   int      `json:"daily"`
	Weekly  int      `json:"weekly"`
	MaxAge  Duration `json:"max_age"`
	MaxSize Size     `json:"max_size"`
}

// BackupLadder configures the verbs of a backup set.
type BackupLadder struct {
	Create  Rung `json:"create"`
	Verify  Rung `json:"verify"`
	Drill   Rung `json:"drill"`
	Prune   Rung `json:"prune"`
	Restore Rung `json:"restore"`
}

// Of returns the rung of a verb, and whether there is one.
func (l BackupLadder) Of(verb string) (Rung, bool) {
	rung, ok := map[string]Rung{
		"backup.create": l.Create, "backup.verify": l.Verify, "backup.drill": l.Drill, "backup.prune": l.Prune, "backup.restore": l.Restore,
	}[verb]

	return rung, ok
}

// Encrypts tells whether archives are encrypted.
func (b BackupConfig) Encrypts() bool { return b.Encrypt != EncryptNone && len(b.Recipients) > 0 }

// HasIdentity tells whether this machine can open what it encrypts.
func (b BackupConfig) HasIdentity() bool { return b.IdentityEnv != "" || b.IdentityFile != "" }

// Stores is the store of backups under its scope; none without backup:.
func (c Config) Stores() map[string]BackupConfig {
	if c.Backup == nil {
		return nil
	}

	return map[string]BackupConfig{SetID("").Scope(): *c.Backup}
}

// SetNames lists the names of the sets that a configuration has, sorted; none
// without backup:.
func (c Config) SetNames() []string {
	if c.Backup == nil {
		return nil
	}
	names := slices.Collect(maps.Keys(c.Backup.Sets))
	for _, builtin := range c.Backup.Builtin {
		switch builtin {
		case BuiltinGitHub:
			names = append(names, prefixed(builtin, c.GitHub)...)
		case BuiltinNetlify:
			names = append(names, prefixed(builtin, c.Netlify)...)
		case BuiltinPM2:
			names = append(names, prefixed(builtin, c.PM2)...)
		default:
			names = append(names, builtin)
		}
	}
	slices.Sort(names)

	return slices.Compact(names)
}

func prefixed[E any](system string, entries map[string]E) []string {
	var names []string
	for scope := range entries {
		names = append(names, SetOf(system, scope))
	}

	return names
}

// SetOf is the name of the built-in set of an entry of the configuration.
func SetOf(system, scope string) string { return system + "-" + scope }

// SetID is the id of a backup set. There is one store, so all have one scope.
func SetID(name string) ID { return NewID("backup", "local", "set", name, 0) }

// BackupPolicyConfig is data.config for a policy of a backup set.
type BackupPolicyConfig struct {
	Backup   BackupConfig `json:"backup"`
	Health   HealthConfig `json:"health"`
	Interval Duration     `json:"interval"`
	Settle   Duration     `json:"settle"`
}

// ForBackup returns what a policy of a backup set reads as data.config.
func (c Config) ForBackup() BackupPolicyConfig {
	entry := *c.Backup
	for _, list := range []*[]string{&entry.Recipients, &entry.Builtin} {
		if *list == nil { // null is no list: count of it is undefined
			*list = []string{}
		}
	}
	if entry.Sets == nil {
		entry.Sets = map[string]BackupSetConfig{}
	}

	return BackupPolicyConfig{Backup: entry, Health: c.Health, Interval: c.Interval, Settle: c.Settle}
}
