package policies

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"

	"rr/schemas"
)

// fleet is n processes, one in a hundred of them errored, whose memory differs.
func fleet(n int) schemas.Snapshot {
	s := healthySnapshot(n)
	for i := range n - 1 {
		s = with(s, fmt.Sprintf("app-%d", i+1), func(p *schemas.Process) {
			used, limit := int64(20<<20+i*4099), int64(300<<20)
			pct := used * 100 / limit
			p.MemoryBytes, p.MemoryLimitBytes, p.MemoryPct = &used, &limit, &pct
			if i%100 == 0 {
				p.State = schemas.ProcessErrored
			}
		})
	}

	return s
}

func BenchmarkDecide(b *testing.B) {
	engine := load(b, Options{Limits: Limits{Turn: time.Hour}})
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprintf("subjects=%d", n), func(b *testing.B) {
			s := fleet(n)
			b.ReportAllocs()
			for b.Loop() {
				decide(b, engine, s)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b, Options{})
	}
}

// BenchmarkRatios measures what must stay so whatever machine it runs on, in
// CPU time, interleaved.
func BenchmarkRatios(b *testing.B) {
	engine := load(b, Options{Limits: Limits{Turn: time.Hour}})
	files := engine.Files()
	for path := range files {
		switch path {
		case "policies/pm2/process/errored.rego", "policies/pm2/process/process.rego", "policies/pm2/daemon/daemon.rego", "policies/pm2/ecosystem/ecosystem.rego",
			"policies/lib/causes.rego", "policies/overall/health.rego", "policies/overall/overall.rego":
		default:
			delete(files, path)
		}
	}
	one, err := FromFiles(Options{Config: testConfig(), Verbs: testVerbs(), Limits: Limits{Turn: time.Hour}}, files)
	if err != nil {
		b.Fatal(err)
	}
	small, middle, large := fleet(1_000), fleet(2_000), fleet(10_000)
	median := medians(b,
		func() { decide(b, engine, small) },
		func() { decide(b, engine, large) },
		func() { decide(b, engine, middle) },
		func() { decide(b, one, middle) },
	)
	b.ReportMetric(median[1]/median[0], "x-10000/1000")
	b.ReportMetric(median[2]/median[3], "x-all/one-policy")
	b.ReportMetric(median[2]/2000*1e6, "µs/subject")
}

// BenchmarkAgainstNatural compares with a natural policy about the whole
// snapshot, which OPA answers in quadratic time. It takes minutes with more
// than 1,000 subjects.
func BenchmarkAgainstNatural(b *testing.B) {
	engine, natural, s := load(b, Options{}), naturalPolicy(b), fleet(1_000)
	whole, err := jsonValue(s)
	if err != nil {
		b.Fatal(err)
	}
	median := medians(b,
		func() { decide(b, engine, s) },
		func() { evalNatural(b, natural, whole) },
	)
	b.ReportMetric(median[1]/median[0], "x-natural/rr")
}

// medians runs all in turn and returns the median of what each costs.
func medians(b *testing.B, all ...func()) []float64 {
	b.Helper()
	costs := make([][]float64, len(all))
	for b.Loop() {
		for i, f := range all {
			costs[i] = append(costs[i], cpu(b, f))
		}
	}
	var median []float64
	for _, cost := range costs {
		slices.Sort(cost)
		median = append(median, cost[len(cost)/2])
	}

	return median
}

// cpu is the CPU time that f takes, in seconds.
func cpu(b *testing.B, f func()) float64 {
	b.Helper()
	runtime.GC()
	used := func() float64 {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
	}
	before := used()
	f()

	return used() - before
}

func naturalPolicy(b *testing.B) rego.PreparedEvalQuery {
	b.Helper()
	text, err := os.ReadFile("testdata/natural.rego")
	if err != nil {
		b.Fatal(err)
	}
	query, err := rego.New(rego.Query("data.natural"), rego.Module("natural.rego", string(text))).PrepareForEval(context.Background())
	if err != nil {
		b.Fatal(err)
	}

	return query
}

func evalNatural(b *testing.B, query rego.PreparedEvalQuery, whole any) {
	b.Helper()
	results, err := query.Eval(context.Background(), rego.EvalInput(whole))
	if err != nil || len(results) != 1 {
		b.Fatalf("natural policy: %v, %v", results, err)
	}
}
