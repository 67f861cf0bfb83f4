package runner

import (
	"testing"

	"rr/schemas"
)

func TestRRsClockIsMovedByNothingButTime(t *testing.T) {
	last := schemas.Moment{HostID: "h", BootID: "b1", BootMS: 50_000, ClockMS: 900_000}
	for _, c := range []struct {
		name string
		now  schemas.Moment
		want int64
	}{
		{"it goes on within a boot", schemas.Moment{HostID: "h", BootID: "b1", BootMS: 51_500}, 901_500},
		{"it stands where the boot clock would go back", schemas.Moment{HostID: "h", BootID: "b1", BootMS: 49_000}, 900_000},
		{"it counts only the new boot after a reboot", schemas.Moment{HostID: "h", BootID: "b2", BootMS: 7_000}, 907_000},
		{"it stands on another host", schemas.Moment{HostID: "other", BootID: "b9", BootMS: 99_000_000}, 900_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clockMS(last, c.now); got != c.want {
				t.Errorf("clockMS = %d, want %d", got, c.want)
			}
		})
	}
}
