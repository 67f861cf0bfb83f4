package schemas

// Verb is something rr can do. Its rung is its place in the ladder of each kind
// that it may act on.
type Verb struct {
	Name   string         // pm2.restart
	Rungs  map[string]int // by kind: pm2/process
	ByHand bool           // only a person may ask for it
}

// Routine tells whether a verb is upkeep that rr does at its own times on what
// is healthy: it writes into rr's own store of backups and touches nothing that
// rr watches.
//
// Routine is not healing, and is not counted as such. Budgets, blast radius and
// the freeze of an emergency bound what a wrong policy can do to the world;
// were backups counted there, a fleet with many sets would have nothing left to
// heal with, and an emergency would be the one time without backups. It proves
// itself, too: what it returns was read back from disk, so that its attempt is
// verified when it ends, and an old backup is a finding of its own. All other
// guards hold it as they hold anything: unknown sources, a pause, a shutdown,
// what is in flight, cooldown, approval, shadow, a lost journal, a dry run. Its
// intent is journalled before it and its outcome after.
func Routine(verb string) bool {
	switch verb {
	case "backup.create", "backup.verify", "backup.drill", "backup.prune":
		return true
	}

	return false
}

// Rung returns the configuration of a verb for a target, and whether there is
// one.
func (c Config) Rung(verb string, target ID) (Rung, bool) {
	switch target.System() {
	case "github":
		return c.GitHub[target.Scope()].Ladder.Of(verb)
	case "netlify":
		return c.Netlify[target.Scope()].Ladder.Of(verb)
	case "backup":
		if c.Backup == nil {
			return Rung{}, false
		}
		return c.Backup.Ladder.Of(verb)
	}
	ladder := c.PM2[target.Scope()].Ladder
	switch verb {
	case "pm2.reload":
		return ladder.Reload, true
	case "pm2.restart":
		return ladder.Restart, true
	case "pm2.stop_start":
		return ladder.StopStart, true
	case "pm2.recreate":
		return ladder.Recreate, true
	case "pm2.resurrect":
		return ladder.Resurrect, true
	case "pm2.restore_dump":
		return ladder.RestoreDump, true
	case "pm2.restore_app":
		return ladder.RestoreApp, true
	case "pm2.start_ecosystem":
		return ladder.StartEcosystem, true
	case "pm2.stop":
		return ladder.Stop, true
	case "pm2.reset", "pm2.end_orphans", "pm2.save", "pm2.update_daemon":
		return ladder.Upkeep, true
	}

	return Rung{}, false
}
