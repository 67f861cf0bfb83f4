# METADATA
# title: Netlify sites
# description: >-
#   A policy about what is deployed of a site, as Netlify tells of it, is a
#   package below this one.
# scope: subpackages
# schemas:
# - input: schema.netlify.site
# - data.config: schema.config.netlify
package policies.netlify.site
