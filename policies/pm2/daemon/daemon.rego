# METADATA
# title: PM2 daemons
# description: >-
#   A policy about a PM2 daemon is a package below this one. It is asked about
#   the one daemon of each PM2 home and answers with findings, actions and
#   alerts.
# scope: subpackages
# schemas:
# - input: schema.pm2.daemon
# - data.config: schema.config.pm2
package policies.pm2.daemon
