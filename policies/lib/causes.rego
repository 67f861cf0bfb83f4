# METADATA
# title: causes
# description: >-
#   What keeps a process from running, in words. All subjects that share a cause
#   share its text, so that what one deleted folder breaks is one incident.
package policies.lib.causes

# METADATA
# description: names a cause, the same for all subjects that share it
text(cause, path) := trim_space(sprintf("%s %s", [cause, path]))

# METADATA
# description: says what is wrong and what a person is to do
remedy(cause, path) := replace(sprintf(object.get(_remedies, cause, _other), [path]), "  ", " ")

_remedies := {
	"script_missing": "its script %s is gone: put it back",
	"cwd_missing": "its folder %s is gone: put it back",
	"interpreter_missing": "its interpreter %s is gone: install it",
	"not_executable": "its script %s must not be executed: allow it with chmod +x",
	"disk_full": "the disk of %s is full: make room",
}

# _other is for a cause that this table does not have yet, so that no finding is
# lost for want of words.
_other := "something about %s keeps it from running: mend it"
