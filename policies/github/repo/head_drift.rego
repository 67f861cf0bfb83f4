# METADATA
# title: head_drift
# description: Workflow files of the checkout that are not those of the default branch are shown. GitHub runs what is pushed.
package policies.github.repo.head_drift

# METADATA
# description: the checkout has other workflow files
findings contains finding if {
	input.repo.head_agrees == "no"

	finding := {
		"score": 100,
		"severity": "info",
		"reason": sprintf("the workflow files of the checkout are not those of %s, which GitHub runs: commit and push, or pull", [input.repo.default_branch]),
	}
}
