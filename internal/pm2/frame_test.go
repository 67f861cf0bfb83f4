package pm2

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readBytes(raw []byte, limit int) (frame, error) {
	var f frame
	err := f.read(bufio.NewReader(bytes.NewReader(raw)), limit)
	return f, err
}

func TestFrameComesBackAsItWasWritten(t *testing.T) {
	long := strings.Repeat("x", 3*readChunk+7)
	raw := appendFrame(nil, "j:{}", "", long, "s:1")
	r := bufio.NewReader(iotest.OneByteReader(bytes.NewReader(append(raw, raw...))))
	var f frame
	for range 2 { // the second uses the buffer of the first
		if err := f.read(r, DefaultMaxMessage); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"j:{}", "", long, "s:1", ""} {
			if got := string(f.arg(i)); got != want {
				t.Errorf("arg(%d) has %d bytes, want %d", i, len(got), len(want))
			}
		}
	}
	if err := f.read(r, DefaultMaxMessage); err != io.EOF {
		t.Errorf("read at the end = %v, want io.EOF", err)
	}
}

func TestFrameSaysWhatIsWrongWithIt(t *testing.T) {
	whole := appendFrame(nil, "j:{}", "s:1")
	for name, test := range map[string]struct {
		raw   []byte
		limit int
		want  error
	}{
		"ends in a length":                      {whole[:3], 100, errHalf},
		"ends in an argument":                   {whole[:7], 100, errHalf},
		"ends between arguments":                {whole[:9], 100, errHalf},
		"has an argument above the limit":       {whole, 3, errTooLong},
		"has arguments together above it":       {whole, 6, errTooLong},
		"declares four gigabytes":               {[]byte{0x11, 0xff, 0xff, 0xff, 0xff}, DefaultMaxMessage, errTooLong},
		"declares thirty megabytes and has two": {[]byte{0x11, 1, 0xff, 0, 0, 'j', ':'}, DefaultMaxMessage, errHalf},
		"is of another version":                 {[]byte{0x22, 0, 0, 0, 0}, 100, errVersion},
		"is HTTP":                               {[]byte("HTTP/1.1 200 OK\r\n"), 100, errVersion},
	} {
		f, err := readBytes(test.raw, test.limit)
		if !errors.Is(err, test.want) {
			t.Errorf("a frame that %s: read = %v, want %v", name, err, test.want)
		}
		if cap(f.buf) > 2*readChunk {
			t.Errorf("a frame that %s: %d bytes were allocated", name, cap(f.buf))
		}
	}
}

func FuzzFrameRead(f *testing.F) {
	f.Add(appendFrame(nil, "j:{}", "s:1"))
	f.Add([]byte{0x11, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x10})
	f.Fuzz(func(t *testing.T, raw []byte) {
		const limit = 1 << 16
		fr, err := readBytes(raw, limit)
		if len(fr.buf) > limit+readChunk {
			t.Fatalf("%d bytes kept, limit %d", len(fr.buf), limit)
		}
		if err != nil {
			return
		}
		args := make([]string, len(fr.ends))
		for i := range args {
			args[i] = string(fr.arg(i))
		}
		if again := appendFrame(nil, args...); !bytes.HasPrefix(raw, again) {
			t.Errorf("%x was read as %q", raw, args)
		}
	})
}
