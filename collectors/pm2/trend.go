package pm2

import "slices"

// trend is how the memory of one process went in the last 10 minutes.
type trend struct {
	samples []sample // oldest first
}

type sample struct {
	bootMS int64
	bytes  int64
}

const (
	// trendStepMS is how far apart samples are: looks that events bring come
	// faster and say nothing new.
	trendStepMS = 10_000

	// trendMinMS is how much must be seen before rr speaks of a trend: a program
	// that has just started grows.
	trendMinMS = 2 * minuteMS

	// trendMaxS is how far ten minutes can see. Every process that lives grows
	// by some pages.
	trendMaxS = 24 * 3600
)

func (t *trend) see(bootMS, bytes int64) {
	if n := len(t.samples); n > 0 && bootMS-t.samples[n-1].bootMS < trendStepMS {
		return
	}
	t.samples = append(t.samples, sample{bootMS, bytes})
	t.samples = slices.DeleteFunc(t.samples, func(s sample) bool { return s.bootMS <= bootMS-10*minuteMS })
}

// fullIn is in how many seconds a limit is reached; nil where that cannot be
// told, or will not be.
func (t *trend) fullIn(limit, bytes int64) *int64 {
	growth := t.growth()
	if growth <= 0 {
		return nil
	}
	seconds := int64(min(float64(max(0, limit-bytes))/growth, trendMaxS+1))
	if seconds > trendMaxS {
		return nil
	}

	return &seconds
}

// growth is the slope of the line that fits the samples best, in bytes a
// second; 0 where too little was seen. Unlike the first and the last sample it
// is not turned round by one collection of garbage.
func (t *trend) growth() float64 {
	n := len(t.samples)
	if n < 2 || t.samples[n-1].bootMS-t.samples[0].bootMS < trendMinMS {
		return 0
	}
	first := t.samples[0]
	var sumX, sumY, sumXX, sumXY float64
	for _, s := range t.samples {
		x, y := float64(s.bootMS-first.bootMS)/1000, float64(s.bytes-first.bytes)
		sumX, sumY, sumXX, sumXY = sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	width := float64(n)*sumXX - sumX*sumX
	if width <= 0 {
		return 0
	}

	return (float64(n)*sumXY - sumX*sumY) / width
}
