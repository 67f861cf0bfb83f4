package pm2

import (
	"bytes"
	"strconv"
	"strings"
)

// readMetrics reads what a node app reports of itself. PM2 keeps each metric
// as {"value":"0.42","unit":"ms",…}, the value as text or as a number and with
// its unit or without. A metric in another unit is not known: an app may publish
// one of its own under any name.
func (app *App) readMetrics(raw []byte) {
	app.EventLoopP50, app.EventLoopP95, app.HeapUsage = Float{}, Float{}, Float{}
	s := &scanner{b: raw}
	s.object(func(key []byte) {
		switch string(key) {
		case "Event Loop Latency":
			app.EventLoopP50 = readMetric(s, "ms")
		case "Event Loop Latency p95":
			app.EventLoopP95 = readMetric(s, "ms")
		case "Heap Usage":
			app.HeapUsage = readMetric(s, "%")
		default:
			s.value()
		}
	})
}

// readMetric reads one metric, or a bare value.
func readMetric(s *scanner, unit string) Float {
	if s.space() != '{' {
		return metricValue(s.value(), unit)
	}
	var metric Float
	sameUnit := true
	s.object(func(key []byte) {
		raw := s.value()
		switch string(key) {
		case "value":
			metric = metricValue(raw, unit)
		case "unit":
			sameUnit = string(raw) == "null" || string(metricText(raw)) == unit
		}
	})
	if !sameUnit {
		return Float{}
	}
	return metric
}

// maxMetric is longer than any value of a metric that means something.
const maxMetric = 32

// metricValue reads 0.42, "0.42" and "24.50 %".
func metricValue(raw []byte, unit string) Float {
	if len(raw) == 0 || raw[0] != '"' {
		return floatValue(raw)
	}
	text := metricText(raw)
	if len(text) > maxMetric {
		return Float{}
	}
	end := 0
	for end < len(text) && strings.IndexByte("+-.0123456789eE", text[end]) >= 0 {
		end++
	}
	if rest := bytes.TrimLeft(text[end:], " "); len(rest) > 0 && string(rest) != unit {
		return Float{}
	}
	f, err := strconv.ParseFloat(string(text[:end]), 64)
	if err != nil {
		return Float{}
	}
	return Float{N: f, Known: true}
}

// metricText gives what stands in a string, without copying where it stands as
// it is.
func metricText(raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return nil
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return []byte(stringValue(raw))
}
