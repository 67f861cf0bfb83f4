package pm2

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

var (
	// ErrOutcomeUnknown marks a call that was sent and not answered: the daemon
	// may have done it or not. Look before asking again.
	ErrOutcomeUnknown = errors.New("outcome unknown")

	// ErrClosed marks a call whose connection ended before the answer, which is
	// what a dying daemon looks like. It is an ErrOutcomeUnknown.
	ErrClosed = fmt.Errorf("connection closed: %w", ErrOutcomeUnknown)

	// ErrClientClosed marks a call on a Client after its Close; nothing was sent.
	ErrClientClosed = errors.New("client is closed")

	// ErrAnotherDaemon marks a call that a Client with OneDaemon did not send,
	// because the daemon that it began with is gone.
	ErrAnotherDaemon = errors.New("the daemon that was asked before is gone")
)

// RemoteError is an error that the daemon answered with, so the daemon lives
// and refused.
type RemoteError struct {
	Method string
	Text   string // the daemon's own words, at most 4 KiB
}

func (e *RemoteError) Error() string { return e.Method + ": " + e.Text }

// Peer is the process at the other end of a connection, as the kernel says.
// pm2.pid in the home is often another one.
type Peer struct {
	PID int
	UID int
}

// Client calls one PM2 daemon over one kept connection, which it opens at the
// first call and again at the first call after it broke. Any number of
// goroutines may call at once. The context of a call bounds it; without a
// deadline a daemon that hangs is waited for.
type Client struct {
	// Home is the PM2 home, where the sockets are.
	Home string

	// MaxMessage bounds one whole answer; 0 is DefaultMaxMessage.
	MaxMessage int

	// OneDaemon makes the client stay with the daemon of its first call: when
	// that is gone, calls fail with ErrAnotherDaemon instead of going to the
	// next one. Ids count from 0 again there, and restart 3 would hit a stranger.
	OneDaemon bool

	mu     sync.Mutex
	conn   *conn
	closed bool
	dialed bool
	wg     sync.WaitGroup
}

// Dial gives a Client that has connected to the daemon of this home.
func Dial(ctx context.Context, home string) (*Client, error) {
	c := &Client{Home: home}
	if _, err := c.connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Peer tells who serves the connection, and connects when there is none.
func (c *Client) Peer(ctx context.Context) (Peer, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return Peer{}, err
	}
	return conn.peer, nil
}

// Close ends the connection and every call on it, and waits for the reader.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	if c.conn != nil {
		c.conn.fail(ErrClosed)
		c.conn = nil
	}
	c.mu.Unlock()
	c.wg.Wait()
	return nil
}

// connect gives the connection, a new one when the last broke. Two callers do
// not dial at once.
func (c *Client) connect(ctx context.Context) (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, ErrClientClosed
	case c.conn != nil && !c.conn.broken():
		return c.conn, nil
	case c.dialed && c.OneDaemon:
		return nil, ErrAnotherDaemon
	}
	socket, err := dialUnix(ctx, rpcSocket(c.Home))
	if err != nil {
		return nil, err
	}
	limit := c.MaxMessage
	if limit <= 0 {
		limit = DefaultMaxMessage
	}
	next := newConn(socket, limit)
	c.conn, c.dialed = next, true
	c.wg.Go(next.readAll)
	return next, nil
}

// call sends a request and decodes the result with decode, which reads one
// value and keeps none of the bytes.
func (c *Client) call(ctx context.Context, q request, decode func(result *scanner) error) error {
	conn, err := c.connect(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", q.method, err)
	}
	body, err := conn.roundTrip(ctx, q)
	if err != nil {
		return fmt.Errorf("%s: %w", q.method, err)
	}
	defer conn.giveBack(body)
	return decodeReply(body.json, q.method, decode)
}

// conn is one connection and the calls that wait on it.
type conn struct {
	socket *net.UnixConn
	peer   Peer
	limit  int

	write sync.Mutex // one request at a time, whole

	mu      sync.Mutex
	next    uint64
	waiting map[string]chan answer
	err     error // why it broke; nil while it has not
	free    []byte
}

// answer is what a waiting call gets: a body or the reason for none.
type answer struct {
	buf  []byte // what json is a part of
	json []byte
	err  error
}

func newConn(socket *net.UnixConn, limit int) *conn {
	return &conn{socket: socket, peer: peerOf(socket), limit: limit, waiting: map[string]chan answer{}}
}

// roundTrip sends one request and waits for its answer, the end of the
// connection or of the context.
func (c *conn) roundTrip(ctx context.Context, q request) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err // nothing was sent
	}
	id, reply, err := c.register()
	if err != nil {
		return answer{}, err
	}
	if err := c.send(ctx, q.encode(id)); err != nil {
		c.forget(id)
		return answer{}, err
	}
	select {
	case a := <-reply:
		return a, a.err
	case <-ctx.Done():
		c.forget(id)
		return answer{}, fmt.Errorf("no answer: %w, %w", ctx.Err(), ErrOutcomeUnknown)
	}
}

func (c *conn) register() (string, chan answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return "", nil, c.err
	}
	c.next++
	id := "rr:" + strconv.FormatUint(c.next, 10)
	reply := make(chan answer, 1) // the reader never waits for a caller
	c.waiting[id] = reply
	return id, reply, nil
}

func (c *conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// send writes one whole message. A message of which a part was written can
// only be followed by its rest, so a write that fails ends the connection.
func (c *conn) send(ctx context.Context, message []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	deadline, _ := ctx.Deadline() // none is the zero time, which is none here too
	c.socket.SetWriteDeadline(deadline)
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.socket.SetWriteDeadline(time.Unix(1, 0))
		close(interrupted)
	})
	defer func() {
		if !stop() {
			<-interrupted // else it would hit the next writer
		}
	}()
	n, err := c.socket.Write(message)
	if err == nil {
		return nil
	}
	c.fail(ErrClosed)
	if n == 0 && ctx.Err() != nil {
		return fmt.Errorf("not sent: %w", ctx.Err())
	}
	if ctx.Err() != nil {
		return fmt.Errorf("half sent: %w, %w", ctx.Err(), ErrOutcomeUnknown)
	}
	return ErrClosed
}

// readAll hands every answer to the call that waits for it until the
// connection breaks. Answers come in the order in which the daemon finished.
func (c *conn) readAll() {
	r := bufio.NewReaderSize(c.socket, readChunk)
	for {
		f := frame{buf: c.takeFree()}
		if err := f.read(r, c.limit); err != nil {
			c.fail(closedBy(err))
			return
		}
		c.deliver(&f)
	}
}

// deliver drops what nobody waits for: PM2 7 answers some calls twice, and a
// call may have given up.
func (c *conn) deliver(f *frame) {
	id, ok := untag(f.arg(1), "s:")
	if !ok {
		c.giveBack(answer{buf: f.buf})
		return
	}
	c.mu.Lock()
	reply, ok := c.waiting[string(id)]
	delete(c.waiting, string(id))
	c.mu.Unlock()
	if !ok {
		c.giveBack(answer{buf: f.buf})
		return
	}
	a := answer{buf: f.buf}
	if a.json, ok = untag(f.arg(0), "j:"); !ok {
		a.err = fmt.Errorf("answer is not JSON: %w", ErrOutcomeUnknown)
	}
	reply <- a
}

// fail ends the connection once; every waiting call gets the reason.
func (c *conn) fail(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = reason
	c.socket.Close()
	for id, reply := range c.waiting {
		reply <- answer{err: reason}
		delete(c.waiting, id)
	}
}

func (c *conn) broken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

// keepBuffer is the largest buffer kept for the next answer: that of a list of
// about a thousand apps.
const keepBuffer = 4 << 20

func (c *conn) takeFree() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	buf := c.free
	c.free = nil
	return buf
}

// giveBack offers the buffer of an answer that was decoded for the next one.
func (c *conn) giveBack(a answer) {
	if cap(a.buf) > keepBuffer {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cap(a.buf) > cap(c.free) {
		c.free = a.buf
	}
}

// closedBy keeps what was wrong with the stream beside the sentinel.
func closedBy(err error) error {
	if errors.Is(err, errHalf) || errors.Is(err, errTooLong) || errors.Is(err, errVersion) {
		return fmt.Errorf("%w, %w", err, ErrClosed)
	}
	return ErrClosed
}

// dialUnix connects to a socket of the daemon.
func dialUnix(ctx context.Context, path string) (*net.UnixConn, error) {
	var d net.Dialer
	socket, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return socket.(*net.UnixConn), nil
}

// peerOf asks the kernel who listens. Unknown is -1: pid 0 and uid 0 would be
// somebody.
func peerOf(socket *net.UnixConn) Peer {
	unknown := Peer{PID: -1, UID: -1}
	raw, err := socket.SyscallConn()
	if err != nil {
		return unknown
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}) != nil || err != nil {
		return unknown
	}
	return Peer{PID: int(cred.Pid), UID: int(cred.Uid)}
}
