# METADATA
# title: changing
# description: A process that is being started or stopped is not yet healthy, so that no action is taken for a success before it runs. It is left alone.
package policies.pm2.process.changing

# METADATA
# description: it is between two states
findings contains finding if {
	input.process.state in {"launching", "stopping"}

	finding := {"score": 70, "severity": "info", "reason": sprintf("it is %s", [input.process.state])}
}
