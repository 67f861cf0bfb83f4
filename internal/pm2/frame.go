package pm2

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A message is one byte (version 1 in the high half, the number of arguments
// in the low half) and then each argument behind its length in four bytes, big
// end first. There is no checksum and no mark to find the next message by: a
// stream with one wrong length is lost and has to be opened anew.

const (
	frameVersion = 1
	lengthBytes  = 4

	// DefaultMaxMessage is how long a whole message may be. A process
	// description is about 2.5 KB and twice its environment, so this is some
	// thousands of apps.
	DefaultMaxMessage = 32 << 20

	// readChunk is how much memory a declared length is believed at a time. The
	// rest is allocated as it arrives.
	readChunk = 64 << 10
)

var (
	errVersion = errors.New("not a PM2 message")
	errTooLong = errors.New("message too long")
	errHalf    = errors.New("connection ended within a message")
)

// appendFrame writes one message of these arguments behind dst.
func appendFrame(dst []byte, args ...string) []byte {
	dst = append(dst, frameVersion<<4|byte(len(args)))
	for _, arg := range args {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(arg)))
		dst = append(dst, arg...)
	}
	return dst
}

// readHead reads the first byte of a message and gives the number of its
// arguments. The end of the stream before it is io.EOF itself.
func readHead(r *bufio.Reader) (int, error) {
	meta, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	if meta>>4 != frameVersion {
		return 0, fmt.Errorf("%w: first byte %#02x", errVersion, meta)
	}
	return int(meta & 0xf), nil
}

// readLength reads the length of the next argument, of which at most limit
// bytes are accepted.
func readLength(r *bufio.Reader, limit int) (int, error) {
	raw, err := r.Peek(lengthBytes)
	if err != nil {
		return 0, half(err)
	}
	n := binary.BigEndian.Uint32(raw)
	r.Discard(lengthBytes) // cannot fail: they were peeked at
	if uint64(n) > uint64(limit) {
		return 0, fmt.Errorf("%w: %d bytes, %d allowed", errTooLong, n, limit)
	}
	return int(n), nil
}

// frame is one message read. Its arguments are slices of one buffer, which the
// next read may use again.
type frame struct {
	buf  []byte
	ends []int
}

// arg gives the i-th argument with its tag, nothing when there is none.
func (f *frame) arg(i int) []byte {
	if i >= len(f.ends) {
		return nil
	}
	start := 0
	if i > 0 {
		start = f.ends[i-1]
	}
	return f.buf[start:f.ends[i]]
}

// read takes one message off the stream. limit bounds all arguments together.
func (f *frame) read(r *bufio.Reader, limit int) error {
	f.buf, f.ends = f.buf[:0], f.ends[:0]
	count, err := readHead(r)
	if err != nil {
		return err
	}
	for range count {
		n, err := readLength(r, limit-len(f.buf))
		if err != nil {
			return err
		}
		if err := f.grow(r, n); err != nil {
			return err
		}
		f.ends = append(f.ends, len(f.buf))
	}
	return nil
}

// grow reads n more bytes. The buffer grows with what has arrived, by doubling,
// and never at the word of a length.
func (f *frame) grow(r *bufio.Reader, n int) error {
	for n > 0 {
		have := len(f.buf)
		step := min(n, max(readChunk, cap(f.buf)-have))
		f.buf = append(f.buf, make([]byte, step)...)
		if _, err := io.ReadFull(r, f.buf[have:]); err != nil {
			return half(err)
		}
		n -= step
	}
	return nil
}

// half says that a stream which ends within a message did so.
func half(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errHalf
	}
	return err
}

// untag gives the content of an argument of this kind: "j:" is JSON, "s:" text.
func untag(arg []byte, tag string) ([]byte, bool) {
	if len(arg) < len(tag) || string(arg[:len(tag)]) != tag {
		return nil, false
	}
	return arg[len(tag):], true
}
