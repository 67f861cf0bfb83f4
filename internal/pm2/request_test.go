package pm2

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// Every request that rr can send, byte by byte. One that is wrong ends the
// daemon (it was tried on PM2 5 and 7), so that this test changes only together
// with a try on real daemons.
func TestRequestsAreTheseBytes(t *testing.T) {
	entry := DumpEntry{raw: &rawEntry{object: `{"name":"api","env":{}}`}}
	for body, q := range map[string]request{
		`{"type":"call","method":"ping","args":[{}]}`:                                                            pingRequest(),
		`{"type":"call","method":"getVersion","args":[{}]}`:                                                      versionRequest(),
		`{"type":"call","method":"getReport","args":[{}]}`:                                                       reportRequest(),
		`{"type":"call","method":"getMonitorData","args":[{}]}`:                                                  listRequest(),
		`{"type":"call","method":"restartProcessId","args":[{"id":3}]}`:                                          restartRequest(3),
		`{"type":"call","method":"reloadProcessId","args":[{"id":3}]}`:                                           reloadRequest(3),
		`{"type":"call","method":"startProcessId","args":[3]}`:                                                   startRequest(3),
		`{"type":"call","method":"stopProcessId","args":[3]}`:                                                    stopRequest(3),
		`{"type":"call","method":"resetMetaProcessId","args":[3]}`:                                               resetRequest(3),
		`{"type":"call","method":"deleteProcessId","args":[3]}`:                                                  deleteRequest(3),
		`{"type":"call","method":"stopWatch","args":["stopProcessId",3]}`:                                        stopWatchRequest(3),
		`{"type":"call","method":"notifyByProcessId","args":[{"id":3,"action_name":"restart","manually":true}]}`: notifyRestartRequest(3),
		`{"type":"call","method":"prepare","args":[{"name":"api","env":{}}]}`:                                    prepareRequest(entry),
	} {
		want := []byte{0x12}
		for _, arg := range []string{"j:" + body, "s:rr:7"} {
			want = binary.BigEndian.AppendUint32(want, uint32(len(arg)))
			want = append(want, arg...)
		}
		if got := q.encode("rr:7"); !bytes.Equal(got, want) {
			t.Errorf("%s is sent as\n%q, want\n%q", q.method, got, want)
		}
	}
}
