// Package pm2 speaks to a PM2 daemon. It reports what PM2 says and judges
// nothing; what PM2 says is often wrong, and the collector knows how.
//
// It speaks the daemon's own protocol over its unix sockets (PM2 5, 6 and 7
// speak the same) instead of running the pm2 command, which costs a Node.js
// start for each question and starts an empty daemon where it finds none.
//
// Nothing here sends what a caller made up: a call with a wrong number or kind
// of arguments ends the whole daemon, so every call is a method of its own with
// fixed arguments. And no environment of an app leaves this package: PM2 mixes
// every variable into the process description, so decoding takes the fields it
// knows and skips the rest without looking at it.
//
// Read it as frame.go (messages on the wire), request.go and client.go (calls),
// methods.go (what may be called), scan.go, app.go, list.go and metrics.go (what
// List decodes), probe.go (is there a daemon at all), bus.go and exits.go (its
// events, and how processes ended), dump.go, save.go and recreate.go (what it
// saved, to save and to start from), orphans.go, duplicates.go and end.go (what
// a dead or a raced one left behind), logs.go and oom.go (what the host says),
// node.go (what may evaluate a file of the operator), and cli.go,
// startecosystem.go, update.go and cliversion.go (what needs the pm2 command).
package pm2

import (
	"os"
	"path/filepath"
)

// DefaultHome is where PM2 keeps its sockets for this user: $PM2_HOME, else
// ~/.pm2. It does not look whether that exists.
func DefaultHome() (string, error) {
	if home := os.Getenv("PM2_HOME"); home != "" {
		return filepath.Abs(home)
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(user, ".pm2"), nil
}

func rpcSocket(home string) string  { return filepath.Join(home, "rpc.sock") }
func pubSocket(home string) string  { return filepath.Join(home, "pub.sock") }
func pidFile(home string) string    { return filepath.Join(home, "pm2.pid") }
func dumpFile(home string) string   { return filepath.Join(home, "dump.pm2") }
func dumpBackup(home string) string { return dumpFile(home) + ".bak" }
