# METADATA
# title: runs of GitHub workflows
# description: >-
#   A policy about the runs of one workflow on the default branch, as GitHub
#   tells of them, is a package below this one. It is asked about one workflow
#   at a time and answers with findings, actions and alerts.
# scope: subpackages
# schemas:
# - input: schema.github.runs
# - data.config: schema.config.github
package policies.github.runs
