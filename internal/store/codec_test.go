package store

import (
	"encoding/json"
	"strconv"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// FuzzDecodeRecord holds that no bytes make the decoder panic, or take for a
// record what was not written as one.
func FuzzDecodeRecord(f *testing.F) {
	c := &codec{}
	var bases, data [][]byte
	for n := int64(1); n <= 3; n++ {
		record, err := json.Marshal(fleetTurn(n, 2).Record)
		if err != nil {
			f.Fatal(err)
		}
		e, err := c.encode(n, record)
		if err != nil {
			f.Fatal(err)
		}
		c.accept(e)
		data = append(data, e.data)
		bases = append(bases, data[0])
	}
	for i := range data {
		f.Add(int64(i+1), data[i], int64(1), bases[i])
	}
	f.Add(int64(1), []byte{}, int64(1), []byte{})
	f.Fuzz(func(t *testing.T, turn int64, data []byte, baseTurn int64, baseData []byte) {
		var d decoder
		for range 2 {
			record, err := d.record(turn, data, baseTurn, baseData)
			if err == nil && record.Snapshot.Turn != turn {
				t.Errorf("record of turn %d says it is of turn %d", turn, record.Snapshot.Turn)
			}
		}
	})
}
