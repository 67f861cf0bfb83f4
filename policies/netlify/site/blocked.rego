# METADATA
# title: blocked
# description: A site whose account has no credits left is shown, and a person is told. What is published stays so, and no policy asks for anything on the site.
package policies.netlify.site.blocked

# METADATA
# description: Netlify refuses deploys
findings contains finding if {
	input.site.blocked == "credits"

	finding := {"score": 40, "severity": "critical", "reason": "the account has no credits left: Netlify refuses deploys"}
}

# METADATA
# description: tell a person
alerts contains alert if {
	input.site.blocked == "credits"

	alert := {"severity": "critical", "reason": sprintf("the account of %s has no credits left, so that Netlify refuses deploys: add some, or wait for the next period", [input.site.site])}
}
