package store

import (
	"context"
	"testing"
)

// BenchmarkWriteTurn tells what a turn over 100 processes costs, of which the
// cpu, memory and uptime change each turn: time, bytes on disk, memory.
func BenchmarkWriteTurn(b *testing.B) {
	s := mustOpen(b, b.TempDir())
	turns := make([]Turn, 512)
	for i := range turns {
		turns[i] = fleetTurn(int64(i+1), 100)
	}
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		turn := turns[n%int64(len(turns))]
		n++
		turn.Record.Snapshot.Turn = n
		if err := s.WriteTurn(context.Background(), turn); err != nil {
			b.Fatal(err)
		}
	}
	var used int64
	if err := s.db.QueryRow(`SELECT sum(length(data)) FROM body`).Scan(&used); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(used)/float64(n), "data-bytes/turn")
	file, err := s.used(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(file)/float64(n), "file-bytes/turn")
}
