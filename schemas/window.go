package schemas

import "time"

// LongestWindow is how far back guards and policies look.
func (c Config) LongestWindow() time.Duration {
	longest := max(c.Budget.Target.Window.Of(), c.Budget.Total.Window.Of(), c.FlapWindow.Of())
	for _, rung := range c.rungs() {
		longest = max(longest, rung.MaxCooldown.Of(), rung.Within.Of())
	}

	return longest
}

// rungs lists the rungs of every ladder.
func (c Config) rungs() []Rung {
	var all []Rung
	for _, pm2 := range c.PM2 {
		all = append(all, pm2.Ladder.Rungs()...)
	}
	for _, github := range c.GitHub {
		all = append(all, github.Ladder.Rungs()...)
	}
	for _, netlify := range c.Netlify {
		all = append(all, netlify.Ladder.Rungs()...)
	}

	return all
}
