# METADATA
# title: tests of sites
package policies.lib.sites_test

import data.policies.lib.sites

test_names_the_site_of_a_function if sites.site("netlify/shop/function/hello") == "netlify/shop/site/shop"

test_names_the_list_of_a_function if sites.manifest("netlify/shop/function/hello") == "netlify/shop/manifest/functions"

test_names_them_by_scope if {
	sites.site("netlify/blog/function/shop") == "netlify/blog/site/blog"
	sites.manifest("netlify/blog/function/shop") == "netlify/blog/manifest/functions"
}
