# METADATA
# title: the whole
# description: >-
#   A policy about the whole is a package below this one. It is asked once a
#   turn, after every subject has been judged, and answers with components,
#   health and alerts.
# scope: subpackages
# schemas:
# - input: schema.overall
# - data.config: schema.config.overall
package policies.overall
