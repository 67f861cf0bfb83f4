# METADATA
# title: PM2 ecosystem files
# description: >-
#   A policy about an ecosystem file that the configuration names is a package
#   below this one. No verb acts on one, so that it answers with findings and
#   alerts. The apps that a file names are processes, with policies of their
#   own.
# scope: subpackages
# schemas:
# - input: schema.pm2.ecosystem
# - data.config: schema.config.pm2
package policies.pm2.ecosystem
