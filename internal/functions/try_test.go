package functions

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTryTellsWhatAFunctionWouldBe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("lib/db.mjs", "export const db = 1\n")
	put("netlify/functions/hello.mjs", "import { db } from '../../lib/db.mjs'\nexport default async () => {\n")
	const main, good = "netlify/functions/hello.mjs", "import { db } from '../../lib/db.mjs'\nexport default async () => db\n"
	for it, row := range map[string]struct {
		main, file, content string
		broken              bool
	}{
		"takes a good content":              {main, main, good, false},
		"finds a syntax error":              {main, main, "export default (", true},
		"finds an import that is not there": {main, main, "import '../../lib/no.mjs'\nexport default async () => 1\n", true},
		"finds that nothing is exported":    {main, main, "const x = 1\nexport { x }\n", true},
		"takes an empty content":            {main, main, "", true},
		"takes a file that is not there":    {"netlify/functions/new.mjs", "netlify/functions/new.mjs", good, false},
		"takes a folder that is not there":  {"netlify/functions/a/index.mjs", "netlify/functions/a/index.mjs", "import { db } from '../../../lib/db.mjs'\nexport default async () => db\n", false},
		"finds there what is not imported":  {"netlify/functions/a/a.mjs", "netlify/functions/a/a.mjs", "import { db } from '../lib/db.mjs'\nexport default async () => db\n", true},
	} {
		f, err := Try(t.Context(), dir, Options{}, Trial{Name: "x", MainFile: row.main, File: row.file, Content: []byte(row.content)})
		if err != nil || f.Broken() != row.broken {
			t.Errorf("it %s: %+v, %v", it, f.Problems, err)
		}
	}
	put(main, good)
	for content, broken := range map[string]bool{"export const db = ;": true, "export const other = 1": true, "export const db = 2": false} {
		f, err := Try(t.Context(), dir, Options{}, Trial{Name: "hello", MainFile: main, File: "lib/db.mjs", Content: []byte(content)})
		if err != nil || f.Broken() != broken {
			t.Errorf("with %q: %+v, %v", content, f.Problems, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, main)); err != nil || string(text) != good {
		t.Errorf("it wrote %q (%v)", text, err)
	}
}

func TestTheCulpritIsTheOneFileThatIsWrong(t *testing.T) {
	t.Parallel()
	for it, row := range map[string]struct {
		problems []Problem
		file     string
		ok       bool
	}{
		"takes the main file":      {[]Problem{{File: "f/a.js", Severity: Error}, {File: "f/a.js", Severity: Error}}, "f/a.js", true},
		"takes what is imported":   {[]Problem{{File: "lib/x.ts", Severity: Error}, {File: "f/a.js", Severity: Warning}}, "lib/x.ts", true},
		"takes none of two":        {[]Problem{{File: "f/a.js", Severity: Error}, {File: "f/b.js", Severity: Error}}, "", false},
		"takes no setting":         {[]Problem{{File: "netlify.toml", Severity: Error}}, "", false},
		"takes no archive":         {[]Problem{{File: "f/a.zip", Severity: Error}}, "", false},
		"takes nothing of outside": {[]Problem{{File: "../a.js", Severity: Error}}, "", false},
		"takes none where all is":  {[]Problem{{File: "f/a.js", Severity: Warning}}, "", false},
	} {
		file, ok := Function{Problems: row.problems}.Culprit()
		if ok != row.ok || ok && file != row.file {
			t.Errorf("it %s: %q, %t", it, file, ok)
		}
	}
}
