package ecosystem

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a file holds does not even come as far as rr.
func TestNodeTellsNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"plain.config.cjs", "sibling.config.cjs", "export-default.config.mjs", "ecosystem.pm2.cjs",
		"debris.config.cjs", "merge.config.cjs", "quoted.config.cjs", "reference.config.cjs", "throws.config.cjs",
	} {
		raw, err := (&Reader{}).run(t.Context(), filepath.Join(dir, name))
		if err != nil || len(raw) == 0 {
			t.Errorf("run(%s) = %q, %v", name, raw, err)
		}
		if strings.Contains(string(raw), "hidden") || strings.Contains(string(raw), "TOKEN") {
			t.Errorf("node tells of %s: %s", name, raw)
		}
	}
}

func TestPruneKeepsNoSecret(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`{"apps": [{"name": "a", "env": {"TOKEN": "hidden"}, "watch": ["hidden"], "cwd": {"TOKEN": "hidden"}}], "deploy": {"TOKEN": "hidden"}}`,
		`[[{"name": "hidden"}], {"TOKEN": "hidden"}]`,
		`{"name": "a", "env": {"TOKEN": "hidden"}}`,
	} {
		root, err := parseJSON([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if kept := fmt.Sprintf("%+v", prune(root)); strings.Contains(kept, "hidden") || strings.Contains(kept, "TOKEN") {
			t.Errorf("prune(%s) = %s", source, kept)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	source := []byte("[" + strings.Repeat(`{"name": "é", "instances": 2},`, 30_000) + "]")
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := parseJSON(source); err != nil {
			b.Fatal(err)
		}
	}
}
