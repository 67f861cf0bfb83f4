# METADATA
# title: GitHub workflow files
# description: >-
#   A policy about a workflow file of the checkout is a package below this
#   one. It is asked about one file at a time and answers with findings,
#   actions and alerts. How its runs fare is a kind of its own.
# scope: subpackages
# schemas:
# - input: schema.github.workflow
# - data.config: schema.config.github
package policies.github.workflow
