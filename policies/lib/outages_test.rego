# METADATA
# title: tests of outages
package policies.lib.outages_test

import data.policies.lib.outages

test_believes_what_is_told if outages.likely("yes", 0, 9)

test_holds_none_where_few_did_not_start if {
	every outage in ["no", "unknown"] {
		not outages.likely(outage, 2, 2)
		not outages.likely(outage, 0, 0)
		not outages.likely(outage, 3, 7)
	}
}

test_holds_one_where_many_did_not_start if {
	every outage in ["no", "unknown"] {
		outages.likely(outage, 3, 3)
		outages.likely(outage, 3, 6)
		outages.likely(outage, 4, 7)
	}
}

test_names_it if outages.cause == "GitHub outage"
