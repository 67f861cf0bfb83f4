package pm2

import "testing"

func TestListReadsWhatANodeAppReports(t *testing.T) {
	is := func(f float64) Float { return Float{N: f, Known: true} }
	for monitor, want := range map[string][3]Float{
		// As PM2 5, 6 and 7 send it.
		`{"Used Heap Size":{"value":"6.62","type":"internal/v8/heap/used","unit":"MiB","historic":true},"Heap Usage":{"value":63.18,"type":"internal/v8/heap/usage","unit":"%","historic":true},
		"Event Loop Latency p95":{"value":"1.84","type":"internal/libuv/latency/p95","unit":"ms","historic":true},
		"Event Loop Latency":{"value":"0.46","type":"internal/libuv/latency/p50","unit":"ms","historic":true}}`: {is(0.46), is(1.84), is(63.18)},
		`{"Heap Usage":"24.50 %","Event Loop Latency":"0.42ms","Event Loop Latency p95":3}`: {is(0.42), is(3), is(24.5)},
		`{}`:          {},
		`"a text"`:    {},
		`{"a":{}}`:    {},
		`[{"a":"b"}]`: {},
		`{"Heap Usage":{"value":"NaN"},"Event Loop Latency":{"value":"1.2","unit":"s"},"Event Loop Latency p95":{"value":"1.2 s"}}`:                              {},
		`{"Heap Usage":{"value":null},"Event Loop Latency":{"unit":"ms"},"Event Loop Latency p95":{"value":"0x1p-2"}}`:                                           {},
		`{"Heap Usage":{"value":""},"Event Loop Latency":{"value":["1"]},"Event Loop Latency p95":{"value":{"value":1}}}`:                                        {},
		`{"Heap Usage":{"value":"1e999"},"Event Loop Latency":true,"Event Loop Latency p95":{"value":"1.0000000000000000000000000000000000000000000000000000"}}`: {},
	} {
		app := list(t, `[{"pm_id":0,"name":"a","pm2_env":{"axm_monitor":`+monitor+`}}]`)[0]
		if got := [3]Float{app.EventLoopP50, app.EventLoopP95, app.HeapUsage}; got != want {
			t.Errorf("%s: p50, p95, heap = %v, want %v", monitor, got, want)
		}
	}
}

func TestMetricsAreReadWithoutMemory(t *testing.T) {
	raw := []byte(`{"Event Loop Latency":{"value":"0.46","unit":"ms"},"Heap Usage":{"value":63.18,"unit":"%"},"HTTP":{"value":"3"}}`)
	var app App
	if n := testing.AllocsPerRun(100, func() { app.readMetrics(raw) }); n > 1 {
		t.Errorf("readMetrics allocates %v times, want at most its scanner", n)
	}
}
