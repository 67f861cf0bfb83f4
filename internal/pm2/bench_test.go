package pm2_test

import (
	"fmt"
	"testing"
	"time"

	"rr/internal/pm2"
	"rr/internal/pm2test"
)

// BenchmarkListAgainstJlist asks a real daemon by the kept connection, and
// reports how many times longer `pm2 jlist` takes in the same run.
func BenchmarkListAgainstJlist(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			app := pm2test.Sleeper("app")
			app.Instances = n
			app.Env = map[string]string{}
			for i := range 40 {
				app.Env[fmt.Sprintf("VARIABLE_%d", i)] = "a value of usual length /usr/bin"
			}
			p := pm2test.Start(b, "7", app)
			c := &pm2.Client{Home: p.Home}
			defer c.Close()
			rounds := 0
			var native, command time.Duration
			for b.Loop() {
				began := time.Now()
				if apps, err := c.List(b.Context()); err != nil || len(apps) != n {
					b.Fatal(len(apps), err)
				}
				native += time.Since(began)
				if rounds++; rounds%20 == 1 {
					b.StopTimer()
					began = time.Now()
					p.Run("jlist")
					command += time.Since(began)
					b.StartTimer()
				}
			}
			jlist := float64(command) / float64((rounds+19)/20)
			b.ReportMetric(jlist/1e6, "jlist-ms")
			b.ReportMetric(jlist/(float64(native)/float64(rounds)), "times-cheaper")
		})
	}
}
