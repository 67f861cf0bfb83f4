# METADATA
# title: sets of backups
# description: >-
#   A policy about a set of files that is backed up is a package below this one.
#   What is due is asked for where nothing is wrong, too: it is upkeep and no
#   healing, and counts for no budget.
# scope: subpackages
# schemas:
# - input: schema.backup.set
# - data.config: schema.config.backup
package policies.backup.set
