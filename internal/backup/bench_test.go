package backup

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// hundred are 100 files of about 4 KB, as workflows and functions are.
func hundred(b *testing.B) string {
	b.Helper()
	files := map[string]string{}
	for i := range 100 {
		files[fmt.Sprintf("dir%d/file%d.yml", i%10, i)] = strings.Repeat(fmt.Sprintf("line %d of a workflow\n", i), 200)
	}

	return tree(b, files)
}

func BenchmarkBackup(b *testing.B) {
	for _, kind := range []string{"plain", "age"} {
		options := Options{}
		if kind == "age" {
			recipient, identities := keys(b)
			options = Options{Recipients: []string{recipient}, Identities: identities}
		}
		live := hundred(b)
		s := mustOpen(b, options)
		ctx := context.Background()
		b.Run("create/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				write(b, live, "dir0/file0.yml", fmt.Sprint(n, b.N))
				mustCreate(b, s, "shop", live)
			}
		})
		b.Run("create-unchanged/"+kind, func(b *testing.B) {
			for b.Loop() {
				mustCreate(b, s, "shop", live)
			}
		})
		b.Run("list/"+kind, func(b *testing.B) {
			for b.Loop() {
				mustList(b, s, "shop")
			}
		})
		s = mustOpen(b, options)
		last := mustCreate(b, s, "shop", live)
		b.Run("verify/"+kind, func(b *testing.B) {
			for b.Loop() {
				if err := s.Verify(ctx, last.ID); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("restore/"+kind, func(b *testing.B) {
			target := tree(b, nil)
			for n := 0; b.Loop(); n++ {
				dir := filepath.Join(target, fmt.Sprint(n))
				write(b, dir, "dir0/file0.yml", "broken")
				if _, err := s.Restore(ctx, mustPlan(b, s, last.ID, Roots{"": dir}), RestoreOptions{Apply: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
