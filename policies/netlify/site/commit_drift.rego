# METADATA
# title: commit_drift
# description: A published deploy that is of another commit than the checkout is shown and takes nothing off.
package policies.netlify.site.commit_drift

# METADATA
# description: it is of another commit
findings contains finding if {
	input.site.commit_drift == "yes"

	finding := {"score": 100, "severity": "info", "reason": "the published deploy is of another commit than the checkout"}
}
