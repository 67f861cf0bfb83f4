# METADATA
# title: interrupted
# description: A process that rr itself stopped and did not start again, because it broke off in between, is started; then a person is told. One that a person stopped is left alone.
package policies.pm2.process.interrupted

# METADATA
# description: it is stopped since rr broke off
findings contains finding if {
	_broken_off

	finding := {"score": 0, "severity": "critical", "reason": "rr stopped it and broke off before it was started again"}
}

# METADATA
# description: start it
actions contains action if {
	_broken_off
	input.attempts["pm2.restart"].failed <= data.config.pm2.ladder.restart.attempts

	action := {"verb": "pm2.restart", "reason": "stopped by rr, which broke off"}
}

# METADATA
# description: a person is told once that was tried in vain
alerts contains alert if {
	_broken_off
	input.attempts["pm2.restart"].failed > data.config.pm2.ladder.restart.attempts

	alert := {
		"severity": "critical",
		"reason": "rr stopped it, broke off and could not start it again; start it by hand",
		"exhausted": true,
	}
}

_broken_off if {
	input.process.state == "stopped"
	some verb in ["pm2.restart", "pm2.stop_start"]
	input.attempts[verb].unfinished > 0
}
