package main

import (
	"fmt"
	"net"
	"strings"
)

// notifier tells systemd how rr is, where a unit of Type=notify started it. A
// watchdog is fed by finished turns, so an rr that hangs is restarted.
type notifier struct{ socket string }

// tell sends states as sd_notify(3) defines them. That nobody listens is no
// trouble of rr's.
func (n notifier) tell(states ...string) {
	if n.socket == "" {
		return
	}
	name := n.socket
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:] // an abstract socket
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, strings.Join(states, "\n"))
}

// turned tells of a finished turn.
func (n notifier) turned(turn int64, health string) {
	n.tell("READY=1", "WATCHDOG=1", fmt.Sprintf("STATUS=turn %d, %s", turn, health))
}
