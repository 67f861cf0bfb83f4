# METADATA
# title: sources of Netlify functions
# description: >-
#   A policy about the source of a function is a package below this one. It is
#   asked about one function at a time and answers with findings, actions and
#   alerts.
# scope: subpackages
# schemas:
# - input: schema.netlify.function
# - data.config: schema.config.netlify
package policies.netlify.function
