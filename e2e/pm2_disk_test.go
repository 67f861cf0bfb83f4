//go:build verify

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rr/internal/pm2test"
	"rr/schemas"
)

// (1) An app floods its log until the small disk that it shares with others is
// full. All that log there are one incident, which names the disk; what dies
// meanwhile is not restarted, and is once there is room again.
func TestLogFloodThatFillsADiskIsOneIncident(t *testing.T) {
	t.Parallel()
	for _, version := range pm2Versions() {
		t.Run("PM2 "+version, func(t *testing.T) {
			t.Parallel()
			d := startOnSmallDisk(t, version)
			d.worker.unmend()
			killAll(t, livesOf(t, d.pm2.Home, "worker"))
			errored(t, d.pm2, "worker")
			d.worker.mend()
			await(t, "worker to be in an incident", func() bool { return len(d.rig.history().of("worker").Incidents) > 0 })
			starts := d.worker.starts()
			d.rig.turns(10)

			t.Run("names the disk for all that are on it", d.named)
			t.Run("is one incident, told once", d.oneIncident)
			t.Run("restarts nothing", func(t *testing.T) { d.nothingDone(t, starts) })

			d.makeRoom()
			await(t, "worker to be recovered", d.rig.recovered("worker"))
			d.rig.turns(10)
			t.Run("goes on once there is room", d.goneOn)
		})
	}
}

type smallDisk struct {
	t         *testing.T
	pm2       *pm2test.PM2
	rig       *rig
	service   *running
	worker    fragile
	path, lid string // where the disk is mounted; a file, while which is there flood is silent
	before    map[string]int
}

// onSmallDisk are the apps that log on the disk that is full.
var onSmallDisk = []string{"flood", "quiet", "worker"}

func startOnSmallDisk(t *testing.T, version string) *smallDisk {
	t.Helper()
	p := pm2test.New(t, version)
	d := &smallDisk{t: t, pm2: p, worker: newFragile(t, "worker"), lid: filepath.Join(t.TempDir(), "lid")}
	d.path = mountDisk(t, filepath.Join(p.Home, "small"), "4m")
	d.worker.mend()
	flood := pm2test.Shell("flood", fmt.Sprintf("while :; do test -e %s || yes '%s' | head -c 200000; sleep 0.1; done", d.lid, strings.Repeat("x", 99)))
	apps := []pm2test.App{flood, pm2test.Sleeper("quiet"), d.worker.app}
	for i := range apps {
		folder := filepath.Join(d.path, apps[i].Name) // each has one of its own
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if apps[i].Extra == nil {
			apps[i].Extra = map[string]any{}
		}
		apps[i].Extra["out_file"], apps[i].Extra["error_file"] = filepath.Join(folder, "out.log"), filepath.Join(folder, "error.log")
	}
	p.StartApps(append(apps, pm2test.Sleeper("well"))...)
	d.before = pids(t, p)
	d.rig = newRig(t, settings{home: p.Home, expect: []string{"worker", "quiet", "well"}, more: brisk}.String())
	d.service = d.rig.run()
	await(t, "the disk to be full", func() bool {
		var info unix.Statfs_t
		if err := unix.Statfs(d.path, &info); err != nil {
			t.Fatal(err)
		}
		return info.Bavail == 0
	})
	for _, name := range []string{"flood", "quiet"} {
		await(t, name+" to be in an incident", func() bool { return len(d.rig.history().of(name).Incidents) > 0 })
	}

	return d
}

// makeRoom silences the flood and empties its log.
func (d *smallDisk) makeRoom() {
	d.t.Helper()
	if err := os.WriteFile(d.lid, nil, 0o644); err != nil {
		d.t.Fatal(err)
	}
	await(d.t, "the disk to be empty", func() bool {
		if err := os.Truncate(filepath.Join(d.path, "flood", "out.log"), 0); err != nil {
			d.t.Fatal(err)
		}
		free := d.rig.status().Record.Snapshot.Processes["pm2/local/process/quiet"].DiskFreePct
		return free != nil && *free > 50
	})
}

func (d *smallDisk) named(t *testing.T) {
	record := d.rig.status().Record
	cause := "disk_full " + d.path
	for _, name := range onSmallDisk {
		id := schemas.NewID("pm2", "local", "process", name, 0)
		p := record.Snapshot.Processes[id]
		if p.DiskFreePct == nil || *p.DiskFreePct != 0 || p.LogDisk != d.path {
			t.Errorf("the logs of %s are on %q with %v free, want %s, full", name, p.LogDisk, p.DiskFreePct, d.path)
		}
		if !slices.ContainsFunc(record.Decision.Findings, func(f schemas.Finding) bool { return f.Subject == id && f.Cause == cause && f.Score < 80 }) {
			t.Errorf("no finding on %s has the cause %q: %+v", name, cause, record.Decision.Findings)
		}
	}
	if worker := record.Snapshot.Processes["pm2/local/process/worker"]; worker.State != schemas.ProcessErrored || worker.Cause != "disk_full" || worker.CausePath != d.path {
		t.Errorf("worker is %s by %s %s, want errored by the full disk", worker.State, worker.Cause, worker.CausePath)
	}
	if score := record.Decision.Health.Subjects["pm2/local/process/well"].Score; score == nil || *score < 80 {
		t.Errorf("well, whose logs are elsewhere, has a score of %v", score)
	}
}

func (d *smallDisk) oneIncident(t *testing.T) {
	var first, others []schemas.Incident
	h := d.rig.history()
	for _, name := range onSmallDisk {
		of := h.of(name)
		if len(of.Incidents) != 1 || of.Incidents[0].Cause != "disk_full "+d.path {
			t.Fatalf("incidents of %s = %+v, want one by the full disk %s", name, of.Incidents, d.path)
		}
		if of.Incidents[0].Of == 0 {
			first = append(first, of.Incidents[0])
		} else {
			others = append(others, of.Incidents[0])
		}
	}
	if len(first) != 1 || slices.ContainsFunc(others, func(i schemas.Incident) bool { return i.Of != first[0].ID }) {
		t.Errorf("incidents %+v and %+v, want the others to stand with the first", first, others)
	}
	if told := d.service.log.lines("kind=alert", d.path); len(told) != 1 {
		t.Errorf("told of the disk %d times, want once: %q", len(told), told)
	}
}

func (d *smallDisk) nothingDone(t *testing.T, starts int) {
	if attempts := d.rig.history().Attempts; len(attempts) != 0 {
		t.Errorf("attempts = %+v, want none", attempts)
	}
	if now := d.worker.starts(); now != starts {
		t.Errorf("worker was started %d times more", now-starts)
	}
	d.leftAlone(t)
}

func (d *smallDisk) leftAlone(t *testing.T) {
	t.Helper()
	now := pids(t, d.pm2)
	for _, name := range []string{"flood", "quiet", "well"} {
		if now[name] != d.before[name] || now[name] == 0 {
			t.Errorf("%s was started anew: its pid was %d and is %d", name, d.before[name], now[name])
		}
	}
}

func (d *smallDisk) goneOn(t *testing.T) {
	d.rig.wasDone(t, "worker", "pm2.restart recovered")
	d.leftAlone(t)
	for _, name := range onSmallDisk {
		for _, i := range d.rig.history().of(name).Incidents {
			if i.State != schemas.IncidentRecovered {
				t.Errorf("the incident of %s is %s, want recovered", name, i.State)
			}
		}
	}
}
