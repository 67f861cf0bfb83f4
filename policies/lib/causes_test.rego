# METADATA
# title: tests of causes
package policies.lib.causes_test

import data.policies.lib.causes

test_names_a_cause_with_its_path if causes.text("cwd_missing", "/srv/app") == "cwd_missing /srv/app"

test_names_a_cause_without_a_path if causes.text("disk_full", "") == "disk_full"

test_says_what_to_do_about_every_cause if {
	every cause in ["script_missing", "cwd_missing", "interpreter_missing", "not_executable", "disk_full"] {
		remedy := causes.remedy(cause, "/srv/app")
		contains(remedy, "/srv/app")
		not startswith(remedy, "something")
	}
}

test_says_what_to_do_without_a_path if {
	causes.remedy("cwd_missing", "") == "its folder is gone: put it back"
}

test_has_words_for_a_cause_it_does_not_know if {
	causes.remedy("eclipse", "/srv/app") == "something about /srv/app keeps it from running: mend it"
}
