package main

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestSystemdIsToldOfEachFinishedTurn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	notifier{socket: path}.turned(7, "healthy")
	if err := socket.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 200)
	n, err := socket.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b[:n]), "READY=1\nWATCHDOG=1\nSTATUS=turn 7, healthy"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}
