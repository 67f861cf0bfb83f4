package schemas

import "time"

// LongestWindow is how far back guards and policies look.
func (c Config) LongestWindow() time.Duration {
	longest := max(c.Budget.Target.Window.Of(), c.Budget.Total.Window.Of(), c.FlapWindow.Of())
	for _, pm2 := range c.PM2 {
		for _, rung := range pm2.Ladder.Rungs() {
			longest = max(longest, rung.MaxCooldown.Of())
		}
	}

	return longest
}
