package pm2

import "rr/internal/procfs"

// Duplicate is a daemon that does not serve its home and has nothing to do.
// PID and Start together name it for as long as the host is up.
type Duplicate struct {
	PID   int
	Start uint64 // clock ticks after boot: one that has just begun may be about to serve
}

// Duplicates finds what a raced start left behind: daemons of this home beside
// the one that serves, which is what the socket's Peer says, and without
// children. None when it is not known which one serves (serving is 0 or less).
// A daemon that does not serve and has children is not among them: they are
// apps.
func Duplicates(t *procfs.Table, home string, serving int) []Duplicate {
	if serving <= 0 {
		return nil
	}
	var found []Duplicate
	for _, pid := range GodDaemons(t, home) {
		if pid == serving || len(t.Descendants(pid)) > 0 {
			continue
		}
		if p, ok := t.Process(pid); ok {
			found = append(found, Duplicate{PID: pid, Start: p.Start})
		}
	}
	return found
}
