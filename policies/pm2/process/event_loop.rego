# METADATA
# title: event_loop
# description: >-
#   A process whose event loop lags, or whose heap is nearly full, is shown. rr
#   does not restart it, because a busy process is not a broken one.
package policies.pm2.process.event_loop

# METADATA
# description: it lags
findings contains finding if {
	input.process.state == "online"
	input.process.event_loop_p95_ms >= _warn_ms
	input.process.event_loop_p95_ms < _bad_ms

	finding := {"score": 80, "severity": "warning", "reason": _lags}
}

# METADATA
# description: it lags so much that it hardly answers
findings contains finding if {
	input.process.state == "online"
	input.process.event_loop_p95_ms >= _bad_ms

	finding := {"score": 50, "severity": "warning", "reason": _lags}
}

# METADATA
# description: its heap is nearly full
findings contains finding if {
	input.process.state == "online"
	input.process.heap_pct >= _full_pct

	finding := {"score": 80, "severity": "warning", "reason": sprintf("%d %% of its heap is in use", [input.process.heap_pct])}
}

_warn_ms := 200

_bad_ms := 1000

_full_pct := 95

_lags := sprintf("its event loop lags: 1 in 20 turns is %d ms late or more", [input.process.event_loop_p95_ms])
