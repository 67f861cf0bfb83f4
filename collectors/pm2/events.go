package pm2

import (
	"context"

	"rr/internal/pm2"
)

// Listen makes PM2's events call hint, so that the next look comes soon. It
// returns when ctx ends. An event only says that something happened; what, the
// next look tells. Call it at most once, before the first look.
func (c *Collector) Listen(ctx context.Context, hint func()) {
	c.listening.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.bus.Subscribe(ctx) // ends with ctx, and only then
	}()
	for {
		select {
		case <-done:
			return
		case e := <-c.heard:
			c.exits.See(e)
			if e.Kind != pm2.EventExit {
				hint()
			}
		}
	}
}

// events tells how the bus is.
func (c *Collector) events() string {
	switch {
	case c.bus == nil || !c.listening.Load():
		return "off"
	case c.bus.Stats().Connected:
		return "connected"
	}

	return "disconnected"
}
