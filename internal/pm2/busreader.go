package pm2

import (
	"bufio"
	"bytes"
	"sync/atomic"
	"time"
)

const (
	// maxTopic is longer than any topic of PM2; a longer one is an app's own.
	maxTopic = 64

	// maxBusPayload bounds what is read of one message. A process event holds
	// the app's environment once; one that is longer is stepped over.
	maxBusPayload = 4 << 20
)

// busReader reads the messages of one connection. A message is a topic and a
// payload; the topic decides whether the payload is read or stepped over.
type busReader struct {
	r       *bufio.Reader
	topic   [maxTopic]byte
	payload frame
	skipped *atomic.Uint64
	deliver func(Event)
}

// next reads one message.
func (b *busReader) next() error {
	count, err := readHead(b.r)
	if err != nil {
		return err
	}
	if count == 0 {
		return nil
	}
	decode, err := b.readTopic()
	if err != nil {
		return err
	}
	for i := 1; i < count; i++ {
		n, err := readLength(b.r, anyLength)
		if err != nil {
			return err
		}
		if i > 1 || decode == nil || n > maxBusPayload {
			err = b.skip(n)
		} else {
			err = b.read(n, decode)
		}
		if err != nil {
			return err
		}
	}
	if decode == nil {
		b.skipped.Add(1)
	}
	return nil
}

// anyLength is the longest length that a message can declare. What is stepped
// over may be that long.
const anyLength = 1<<32 - 1

// readTopic gives what decodes the payload of this topic, nothing when nobody
// wants it.
func (b *busReader) readTopic() (func(payload []byte) (Event, bool), error) {
	n, err := readLength(b.r, anyLength)
	if err != nil {
		return nil, err
	}
	if n > len(b.topic) {
		return nil, b.skip(n)
	}
	topic := b.topic[:n]
	for read := 0; read < n; {
		m, err := b.r.Read(topic[read:])
		if err != nil {
			return nil, half(err)
		}
		read += m
	}
	switch string(topic) {
	case "s:process:event":
		return decodeProcessEvent, nil
	case "s:log:PM2":
		return decodeLogLine, nil
	case "s:pm2:kill":
		return func([]byte) (Event, bool) { return Event{Kind: EventKilled}, true }, nil
	}
	return nil, nil
}

func (b *busReader) skip(n int) error {
	_, err := b.r.Discard(n)
	return half(err)
}

// read decodes a payload of n bytes in a buffer that every message uses.
func (b *busReader) read(n int, decode func([]byte) (Event, bool)) error {
	b.payload.buf = b.payload.buf[:0]
	if err := b.payload.grow(b.r, n); err != nil {
		return err
	}
	body, ok := untag(b.payload.buf, "j:")
	if !ok {
		return nil
	}
	if event, ok := decode(body); ok {
		b.deliver(event)
	}
	return nil
}

// decodeProcessEvent reads a process:event. Name, id and status stand among the
// app's variables there, which can win over them.
func decodeProcessEvent(payload []byte) (Event, bool) {
	e := Event{Kind: EventProcess}
	s := &scanner{b: payload}
	ok := s.object(func(key []byte) {
		switch string(key) {
		case "event":
			e.Event = stringValue(s.value())
		case "manually":
			e.Manually = boolValue(s.value()).B
		case "at":
			e.At = intValue(s.value()).Time()
		case "process":
			e.readProcess(s)
		default:
			s.value()
		}
	})
	return e, ok && !s.bad && e.Event != ""
}

func (e *Event) readProcess(s *scanner) {
	s.space()
	start := s.i
	instanceVar := ""
	s.object(func(key []byte) {
		raw := s.value()
		switch string(key) {
		case "name":
			e.Name = nameValue(raw)
		case "pm_id":
			e.ID = intValue(raw)
		case "status":
			e.Status = statusValue(raw)
		case instanceKey:
			e.Instance = intValue(raw)
		case "instance_var":
			instanceVar = stringValue(raw)
		}
	})
	if instanceVar != "" && instanceVar != instanceKey && !s.bad {
		e.Instance = instanceUnder(s.b[start:s.i], instanceVar)
	}
}

// decodeLogLine reads a line of the daemon's own log: the only place where the
// signal that ended a process is told, as
// "App [name:id] exited with code [0] via signal [SIGKILL]".
func decodeLogLine(payload []byte) (Event, bool) {
	var data []byte
	var at time.Time
	s := &scanner{b: payload}
	s.object(func(key []byte) {
		raw := s.value()
		switch string(key) {
		case "data":
			data = []byte(stringValue(raw))
		case "at":
			at = intValue(raw).Time()
		}
	})
	if s.bad {
		return Event{}, false
	}
	e, ok := parseExit(data)
	e.At = at
	return e, ok
}

func parseExit(line []byte) (Event, bool) {
	_, rest, ok := bytes.Cut(line, []byte("App ["))
	if !ok {
		return Event{}, false
	}
	app, rest, ok := bytes.Cut(rest, []byte("] exited with code ["))
	if !ok {
		return Event{}, false
	}
	code, rest, ok := bytes.Cut(rest, []byte("] via signal ["))
	if !ok {
		return Event{}, false
	}
	signal, _, ok := bytes.Cut(rest, []byte("]"))
	colon := bytes.LastIndexByte(app, ':')
	if !ok || colon < 0 {
		return Event{}, false
	}
	return Event{
		Kind:     EventExit,
		Name:     string(app[:colon]),
		ID:       intValue(app[colon+1:]),
		ExitCode: intValue(code),
		Signal:   string(signal),
	}, true
}
