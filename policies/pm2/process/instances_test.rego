# METADATA
# title: tests of instances
package policies.pm2.process.instances_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.instances

_findings(process) := answer if {
	answer := instances.findings with input as object.union(fixtures.process, {"process": process})
}

test_says_nothing_where_enough_are_online if {
	every online in [4, 5] {
		count(_findings({"instances_wanted": 4, "instances_online": online})) == 0
	}
}

test_warns_where_too_few_are_online if {
	every online in [0, 3] {
		some finding in _findings({"instances_wanted": 4, "instances_online": online})
		finding.score == 80
		finding.severity == "warning"
		finding.reason == sprintf("%d of 4 instances are online", [online])
	}
}

test_tells_it_once_an_app if count(_findings({"instance": 1, "instances_wanted": 4, "instances_online": 3})) == 0

test_leaves_an_app_of_one_instance_to_the_others if {
	count(_findings({"instances_wanted": 1, "instances_online": 0})) == 0
	count(_findings({"instances_wanted": 2, "instances_online": 0})) == 1
}

test_says_nothing_about_an_app_that_may_be_stopped if {
	every wanted in ["stopped", "either"] {
		count(_findings({"wanted": wanted, "instances_wanted": 4, "instances_online": 0})) == 0
	}
}

test_says_nothing_where_it_is_not_known_how_many_are_wanted if {
	unknown := json.remove(fixtures.process, ["process/instances_wanted"])
	count(instances.findings) == 0 with input as object.union(unknown, {"process": {"instances_online": 0}})
}
