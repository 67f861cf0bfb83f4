# METADATA
# title: unpublished
# description: A deploy that is ready, newer than the published one and not published is shown. After a rollback, and while a person has locked the published one, that is as it is to be.
package policies.netlify.site.unpublished

# METADATA
# description: it is not published, since the published one is locked
findings contains finding if {
	object.get(input.site, "unpublished", "") != ""
	input.site.locked

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("%s is ready and not published, since the published deploy is locked: unlock it when new ones are to go live", [input.site.unpublished]),
	}
}

# METADATA
# description: it is not published
findings contains finding if {
	object.get(input.site, "unpublished", "") != ""
	not input.site.locked

	finding := {
		"score": 80,
		"severity": "warning",
		"reason": sprintf("%s is ready, newer and not published: it was rolled back, or publishing is stopped", [input.site.unpublished]),
	}
}
