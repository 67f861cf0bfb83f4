package pm2test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// FakeDaemon listens where a PM2 daemon does and does what a script says. It
// has its own idea of the protocol, so that a mistake in rr's does not meet the
// same mistake here.
type FakeDaemon struct {
	Home string

	t      testing.TB
	script func(*FakeConn, FakeCall)
	wg     sync.WaitGroup

	mu    sync.Mutex
	rpc   net.Listener
	pub   net.Listener
	conns map[net.Conn]bool // true for a subscriber
}

// FakeCall is one call that arrived.
type FakeCall struct {
	Method string
	Args   json.RawMessage
	ID     string
}

// FakeConn is the connection that a call came on.
type FakeConn struct {
	socket net.Conn
	mu     sync.Mutex
}

// NewFakeDaemon listens in a new home. script is called for each call, in a
// goroutine of its own; what it does not answer is not answered.
func NewFakeDaemon(t testing.TB, script func(*FakeConn, FakeCall)) *FakeDaemon {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "rrfake-")
	if err != nil {
		t.Fatalf("make a home: %v", err)
	}
	d := &FakeDaemon{Home: home, t: t, script: script, conns: map[net.Conn]bool{}}
	t.Cleanup(func() {
		d.Stop()
		os.RemoveAll(home)
	})
	d.Listen()
	return d
}

// Listen opens the sockets, again after Stop.
func (d *FakeDaemon) Listen() {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rpc = d.listen("rpc.sock", d.serve)
	d.pub = d.listen("pub.sock", nil)
}

func (d *FakeDaemon) listen(name string, serve func(net.Conn)) net.Listener {
	d.t.Helper()
	path := filepath.Join(d.Home, name)
	os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		d.t.Fatalf("listen: %v", err)
	}
	d.wg.Go(func() {
		for {
			socket, err := l.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.conns[socket] = serve == nil
			d.mu.Unlock()
			if serve != nil {
				d.wg.Go(func() { serve(socket) })
			}
		}
	})
	return l
}

// Stop closes the sockets and all connections, as a daemon does that ends.
func (d *FakeDaemon) Stop() {
	d.mu.Lock()
	if d.rpc != nil {
		d.rpc.Close()
		d.pub.Close()
	}
	d.mu.Unlock()
	d.Drop()
	d.wg.Wait()
	d.Drop() // what was accepted in between
}

// Drop closes all connections and goes on listening.
func (d *FakeDaemon) Drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for socket := range d.conns {
		socket.Close()
	}
	clear(d.conns)
}

// Subscribers counts who is connected to the bus.
func (d *FakeDaemon) Subscribers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, subscriber := range d.conns {
		if subscriber {
			n++
		}
	}
	return n
}

// Publish sends a message to every subscriber.
func (d *FakeDaemon) Publish(topic, payload string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for socket, subscriber := range d.conns {
		if subscriber {
			socket.Write(Message("s:"+topic, "j:"+payload))
		}
	}
}

func (d *FakeDaemon) serve(socket net.Conn) {
	conn := &FakeConn{socket: socket}
	r := bufio.NewReader(socket)
	for {
		args, err := readMessage(r)
		if err != nil || len(args) != 2 {
			return
		}
		var call FakeCall
		if json.Unmarshal([]byte(args[0][2:]), &call) != nil {
			return
		}
		call.ID = args[1][2:]
		d.wg.Go(func() { d.script(conn, call) })
	}
}

// Answer sends the result of a call.
func (c *FakeConn) Answer(call FakeCall, result string) {
	c.Write(Message(`j:{"args":[`+result+`]}`, "s:"+call.ID))
}

// Refuse answers a call with an error.
func (c *FakeConn) Refuse(call FakeCall, text string) {
	raw, _ := json.Marshal(text)
	c.Write(Message(`j:{"error":`+string(raw)+`,"stack":"at somewhere"}`, "s:"+call.ID))
}

// Write sends bytes as they are, such as half an answer.
func (c *FakeConn) Write(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.socket.Write(b)
}

// Close ends the connection, as a daemon does that dies.
func (c *FakeConn) Close() { c.socket.Close() }

// Message is the bytes of one message with these arguments.
func Message(args ...string) []byte {
	b := []byte{0x10 + byte(len(args))}
	for _, arg := range args {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(arg)))
		b = append(append(b, length[:]...), arg...)
	}
	return b
}

func readMessage(r *bufio.Reader) ([]string, error) {
	head, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	args := make([]string, head&15)
	for i := range args {
		var length uint32
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return nil, err
		}
		arg := make([]byte, length)
		if _, err := io.ReadFull(r, arg); err != nil {
			return nil, err
		}
		args[i] = string(arg)
	}
	return args, nil
}
