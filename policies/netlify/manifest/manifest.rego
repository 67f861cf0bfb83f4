# METADATA
# title: lists of Netlify functions
# description: >-
#   A policy about the list of a site's functions, and about the site's folder
#   as a whole, is a package below this one.
# scope: subpackages
# schemas:
# - input: schema.netlify.manifest
# - data.config: schema.config.netlify
package policies.netlify.manifest
