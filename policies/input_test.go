package policies

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What the inputs of a scope have in common is made by whichever subject comes
// first, and subjects are judged at once. A map that two write to ends the
// program.
func TestWhatInputsShareIsMadeAtOnce(t *testing.T) {
	process, snapshot := kinds()[1], healthySnapshot(1)
	for range 300 {
		r := &reader{snapshot: snapshot, beside: map[string][][2]*ast.Term{}}
		var waiting atomic.Int32
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for waiting.Add(1); waiting.Load() < 2; {
					runtime.Gosched()
				}
				for _, scope := range []string{"local", "a", "b", "c"} {
					if _, err := r.shared(process, scope); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
}
