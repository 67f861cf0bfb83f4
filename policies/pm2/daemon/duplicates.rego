# METADATA
# title: duplicates
# description: >-
#   Further daemons of one home, which serve nobody, are shown, and a person is
#   told how to end them. rr ends no daemon.
package policies.pm2.daemon.duplicates

# METADATA
# description: there are more than one
findings contains finding if {
	input.daemon.duplicates > 0

	finding := {
		"score": 60,
		"severity": "warning",
		"reason": sprintf("%d further daemons of this home serve nobody", [input.daemon.duplicates]),
	}
}

# METADATA
# description: tell a person how to end them
alerts contains alert if {
	input.daemon.duplicates > 0

	alert := {
		"severity": "warning",
		"reason": sprintf(
			"%d further daemons of this home serve nobody: ps shows them as God Daemon (%s); end all but %s with kill -9, because a plain kill removes the pid file of the one that serves",
			[input.daemon.duplicates, input.daemon.home, _serving],
		),
	}
}

_serving := sprintf("%v", [object.get(input.daemon, "pid", "the one that has children")])
