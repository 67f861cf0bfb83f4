# METADATA
# title: tests of sites
package policies.lib.sites_test

import data.policies.fixtures.netlify as fixtures
import data.policies.lib.sites

test_names_the_site_of_a_function if sites.site(fixtures.function.id) == fixtures.site.id

test_names_the_list_of_a_function if sites.manifest(fixtures.function.id) == fixtures.manifest.id

test_names_them_by_scope if {
	sites.site("netlify/blog/function/shop") == "netlify/blog/site/blog"
	sites.manifest("netlify/blog/function/shop") == "netlify/blog/manifest/functions"
}
