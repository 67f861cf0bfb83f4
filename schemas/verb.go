package schemas

// Verb is something rr can do. Its rung is its place in the ladder of each kind
// that it may act on.
type Verb struct {
	Name   string         // pm2.restart
	Rungs  map[string]int // by kind: pm2/process
	ByHand bool           // only a person may ask for it
}

// Rung returns the configuration of a verb for a target, and whether there is
// one.
func (c Config) Rung(verb string, target ID) (Rung, bool) {
	switch target.System() {
	case "github":
		return c.GitHub[target.Scope()].Ladder.Of(verb)
	case "netlify":
		return c.Netlify[target.Scope()].Ladder.Of(verb)
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
	case "pm2.start_ecosystem":
		return ladder.StartEcosystem, true
	case "pm2.stop":
		return ladder.Stop, true
	case "pm2.reset", "pm2.end_orphans", "pm2.save", "pm2.update_daemon":
		return ladder.Upkeep, true
	}

	return Rung{}, false
}
