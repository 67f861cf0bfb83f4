# METADATA
# title: endpoints of Netlify functions
# description: >-
#   A policy about what a configured probe found is a package below this one.
#   No verb acts on an endpoint itself, so that it answers with findings and
#   alerts; what heals it is asked about the site.
# scope: subpackages
# schemas:
# - input: schema.netlify.endpoint
# - data.config: schema.config.netlify
package policies.netlify.endpoint
