package workflowfile

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// thousand are 1,000 files of a common size, each another.
func thousand() [][]byte {
	var files [][]byte
	for i := range 1000 {
		files = append(files, []byte(strings.Replace(full, "name: Release", fmt.Sprintf("name: Release %d", i), 1)))
	}

	return files
}

// BenchmarkCheck1000 is the time for 1,000 files, one after the other.
func BenchmarkCheck1000(b *testing.B) {
	files := thousand()
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range files {
			Check("", src)
		}
	}
}

// BenchmarkCheck1000Parallel checks them on all cores.
func BenchmarkCheck1000Parallel(b *testing.B) {
	files := thousand()
	for b.Loop() {
		var wg sync.WaitGroup
		for worker := range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := worker; i < len(files); i += runtime.GOMAXPROCS(0) {
					Check("", files[i])
				}
			})
		}
		wg.Wait()
	}
}

// TestFilesMayBeCheckedAtTheSameTime is for the race detector.
func TestFilesMayBeCheckedAtTheSameTime(t *testing.T) {
	want := len(Check("", []byte(full)).Problems)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if got := Check("", []byte(full)); len(got.Problems) != want {
					t.Errorf("%d problems, want %d", len(got.Problems), want)
				}
				Fix([]byte(script))
			}
		})
	}
	wg.Wait()
}
