# METADATA
# title: outages
# description: >-
#   Tells an outage of GitHub from a workflow that is broken. One workflow that
#   does not start may be wrong itself; many at once are not.
package policies.lib.outages

# METADATA
# description: holds where GitHub is told to be out
likely(outage, _, _) if outage == "yes"

# METADATA
# description: holds where at least three workflows, and half of all, did not start
likely(_, startup_failures, workflows) if {
	startup_failures >= _many
	2 * startup_failures >= workflows
}

# METADATA
# description: names it, the same for all subjects that share it
cause := "GitHub outage"

_many := 3
