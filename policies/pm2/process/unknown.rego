# METADATA
# title: unknown
# description: A process of which PM2 says nothing that rr knows is told of and left alone.
package policies.pm2.process.unknown

# METADATA
# description: nobody can tell how it is
findings contains finding if {
	input.process.state == "unknown"

	finding := {"score": 60, "severity": "warning", "reason": "PM2 does not say what it is in"}
}
