# METADATA
# title: PM2 processes
# description: >-
#   A policy about a PM2 process is a package below this one. It is asked about
#   one process at a time and answers with findings, actions and alerts. The
#   schemas named here hold for every package below, so that a misspelt fact is
#   an error before anything runs.
# scope: subpackages
# schemas:
# - input: schema.pm2.process
# - data.config: schema.config.pm2
package policies.pm2.process
