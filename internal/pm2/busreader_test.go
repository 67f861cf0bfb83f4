package pm2

import (
	"bufio"
	"bytes"
	"sync/atomic"
	"testing"
)

func FuzzBusMessage(f *testing.F) {
	f.Add(appendFrame(nil, "s:process:event", `j:{"event":"exit","process":{"name":"a","pm_id":"_old_3","status":"stopped"}}`))
	f.Add(appendFrame(nil, "s:log:PM2", `j:{"data":"App [a:1] exited with code [0] via signal [SIGKILL]"}`))
	f.Add(appendFrame(appendFrame(nil, "s:log:out", "j:{}"), "s:pm2:kill", "j:{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var skipped atomic.Uint64
		r := busReader{r: bufio.NewReader(bytes.NewReader(raw)), skipped: &skipped, deliver: func(e Event) {
			if e.Kind == "" {
				t.Errorf("an event of no kind: %+v", e)
			}
		}}
		for r.next() == nil {
		}
		if cap(r.payload.buf) > 2*max(readChunk, len(raw)) {
			t.Errorf("%d bytes were allocated for %d", cap(r.payload.buf), len(raw))
		}
	})
}

func BenchmarkBusSkipsLogs(b *testing.B) {
	message := appendFrame(nil, "s:log:out", "j:"+string(bytes.Repeat([]byte("x"), 4096)))
	stream := bytes.Repeat(message, 100)
	var skipped atomic.Uint64
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	source := bytes.NewReader(stream)
	r := busReader{r: bufio.NewReaderSize(source, readChunk), skipped: &skipped}
	for b.Loop() {
		source.Reset(stream)
		r.r.Reset(source)
		for r.next() == nil {
		}
	}
}
