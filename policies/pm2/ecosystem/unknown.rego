# METADATA
# title: unknown
# description: An ecosystem file that nothing could read is shown. It is neither healthy nor broken.
package policies.pm2.ecosystem.unknown

# METADATA
# description: nobody can tell what it names
findings contains finding if {
	input.ecosystem.state == "unknown"

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("nobody can tell what %s names: %s", [
			input.ecosystem.path,
			object.get(input.ecosystem, "note", "only the node of a daemon can read it"),
		]),
	}
}
