// Package bench measures what rr costs, against its peers where it has any, in
// one run and in rounds that take turns, so that what else the machine does hits
// both alike. It asserts nothing: a figure beside its target is printed at the
// end, and a person reads it.
//
//	go test -run '^$' -bench . -benchtime 1x ./bench          everything, some ten minutes
//	go test -run '^$' -bench . -benchtime 1x -short ./bench   few rounds, to see that it works
//
// bench_test.go keeps the figures, tools_test.go starts programs and reads what
// they used; each other file is one thing that is measured.
package bench

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// program is rr, built as it is released.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

// buildAndRun builds rr for the benchmarks; without one asked for there is
// nothing to build it for.
func buildAndRun(m *testing.M) int {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "rr-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "rr")
	if err := build(program, "rr/cmd/rr"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	figures.print()

	return code
}

func build(path, pkg string) error {
	out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, pkg).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}

	return nil
}

// rounds is how often something is measured, a few times where only the harness
// is tried.
func rounds(n int) int {
	if testing.Short() {
		return min(n, 3)
	}

	return n
}

// figure is one thing that was measured, and what it should be.
type figure struct {
	what  string
	value float64
	unit  string
	want  string  // "<", ">" or empty where there is no target
	bound float64 // of the target, in the same unit
	note  string
}

var figures table

type table struct {
	mu   sync.Mutex
	rows []figure
}

// tell reports a figure, as a metric of its benchmark and as a line of the
// table. The metric's unit must hold no space.
func tell(b *testing.B, metric string, f figure) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // one op is all rounds together, which says nothing
	b.ReportMetric(f.value, metric)
	figures.mu.Lock()
	defer figures.mu.Unlock()
	figures.rows = slices.DeleteFunc(figures.rows, func(g figure) bool { return g.what == f.what })
	figures.rows = append(figures.rows, f)
}

func (t *table) print() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "\nWHAT\tSEEN\tTARGET\t\tNOTE")
	for _, f := range t.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.what, amount(f.value, f.unit), f.target(), f.verdict(), f.note)
	}
}

func (f figure) target() string {
	if f.want == "" {
		return "-"
	}

	return map[string]string{"<": "at most ", ">": "at least "}[f.want] + amount(f.bound, f.unit)
}

func (f figure) verdict() string {
	switch {
	case f.want == "":
		return ""
	case f.want == "<" && f.value <= f.bound, f.want == ">" && f.value >= f.bound:
		return "met"
	}

	return "MISSED"
}

func amount(v float64, unit string) string {
	digits := 2
	switch {
	case v >= 100:
		digits = 0
	case v >= 10:
		digits = 1
	}
	number := fmt.Sprintf("%.*f", digits, v)
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}

	return number + unit
}

// ms is a duration as figures have it.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median is the middle one.
func median[T cmp.Ordered](all []T) T { return quantile(all, 50) }

// quantile is the nearest-rank percentile.
func quantile[T cmp.Ordered](all []T, percent int) T {
	sorted := slices.Sorted(slices.Values(all))

	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}
