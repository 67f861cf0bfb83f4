# METADATA
# title: uncommitted
# description: A valid workflow file that the last commit does not have like this is shown, because GitHub runs what is committed and pushed. A person has to commit what rr mended.
package policies.github.workflow.uncommitted

# METADATA
# description: it is not committed like this
findings contains finding if {
	input.workflow.state == "valid"
	input.workflow.committed == "no"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("not committed like this, and GitHub runs what is pushed: git add %s, commit and push it", [input.workflow.path]),
	}
}
