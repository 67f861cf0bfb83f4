# METADATA
# title: GitHub repositories
# description: >-
#   A policy about a repository and the access to it is a package below this
#   one. No verb acts on one, so that it answers with findings and alerts.
# scope: subpackages
# schemas:
# - input: schema.github.repo
# - data.config: schema.config.github
package policies.github.repo
