package runner

// Clock is rr's clock as of the last look at it.
func (r *Runner) Clock() int64 { return r.memory.moment.ClockMS }
