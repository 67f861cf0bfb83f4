# METADATA
# title: archived
# description: A repository that is archived or disabled runs nothing; a person is told.
package policies.github.repo.archived

# METADATA
# description: nothing runs in it
findings contains finding if {
	input.repo.state in _words

	finding := {"score": 0, "severity": "critical", "reason": sprintf("the repository is %s: no workflow runs", [input.repo.state])}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.repo.state in _words

	alert := {
		"severity": "critical",
		"reason": sprintf("%s is %s, so that no workflow runs: bring it back on GitHub, or take it out of redundancy.cue", [input.repo.repo, input.repo.state]),
	}
}

_words := {"archived", "disabled"}
