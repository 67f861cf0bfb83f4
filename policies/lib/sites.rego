# METADATA
# title: sites
# description: >-
#   Names what the subjects of one Netlify site act on besides themselves, by the
#   id of one of them.
package policies.lib.sites

# METADATA
# description: the site
site(id) := sprintf("netlify/%s/site/%s", [_scope(id), _scope(id)])

# METADATA
# description: the list of its functions, for what makes the site as a whole
manifest(id) := sprintf("netlify/%s/manifest/functions", [_scope(id)])

_scope(id) := split(id, "/")[1]
