package pm2

import (
	"slices"

	"rr/internal/pm2"
	"rr/schemas"
)

// restarts is what was seen of one process's count of restarts.
type restarts struct {
	sinceMS int64 // boot clock of the first look
	total   int64
	marks   []mark // within the last hour, oldest first
}

// mark is a look that found more restarts than the one before.
type mark struct {
	bootMS int64
	more   int64
}

const (
	minuteMS = 60_000
	hourMS   = 60 * minuteMS
)

// countRestarts counts what was seen since rr began to watch. PM2's own count
// starts anew with a reset and with each daemon; only what it grows by counts.
func (c *Collector) countRestarts(id schemas.ID, app pm2.App, nowMS int64, p *schemas.Process) {
	r, known := c.restarts[id]
	if !known {
		r = &restarts{sinceMS: nowMS, total: app.Restarts.Or(0)}
		c.restarts[id] = r
	}
	r.see(app.Restarts.Or(r.total), nowMS)
	p.Restarts, p.WatchedS = r.total, (nowMS-r.sinceMS)/1000
	p.Restarts1m, p.Restarts10m, p.Restarts1h = r.within(nowMS-minuteMS), r.within(nowMS-10*minuteMS), r.within(nowMS-hourMS)
}

func (r *restarts) see(total, nowMS int64) {
	if total > r.total {
		r.marks = append(r.marks, mark{bootMS: nowMS, more: total - r.total})
	}
	r.total = total
	r.marks = slices.DeleteFunc(r.marks, func(m mark) bool { return m.bootMS <= nowMS-hourMS })
}

func (r *restarts) within(sinceMS int64) int64 {
	var n int64
	for _, m := range r.marks {
		if m.bootMS > sinceMS {
			n += m.more
		}
	}

	return n
}
