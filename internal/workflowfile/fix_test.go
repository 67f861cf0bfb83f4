package workflowfile

import (
	"bytes"
	"strings"
	"testing"
)

// script holds a block of text that looks like what is mended, and must stay.
const script = `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-node@v4 # comment
        with:
          node-version: 20
      - run: |
          cat > x.yml <<'END'
          - uses: a
            with:
            b: c
          	tab
          END
      - name: last
        run: "true"
`

func TestFixMendsWhatLeavesNoDoubt(t *testing.T) {
	replace := func(src, old, with string) string {
		if !strings.Contains(src, old) {
			t.Fatalf("%q is not in the example", old)
		}
		return strings.Replace(src, old, with, 1)
	}
	const right = "        with:\n          node-version: 20\n"
	tabbed := strings.NewReplacer("  ", "\t").Replace(good)
	for _, test := range []struct{ it, src, want, what string }{
		{"leaves a good file", script, script, ""},
		{"mends permissions", string(fixture(t, "permissions_in_concurrency.yml")),
			replace(string(fixture(t, "permissions_in_concurrency.yml")), "  contents: write", "permissions:\n  contents: write"), "permissions"},
		{"mends true", string(fixture(t, "true_for_on.yml")), replace(string(fixture(t, "true_for_on.yml")), "true:", "on:"), "true"},
		{"mends a quoted true", replace(good, "on:", "'true':"), good, "true"},
		{"mends inputs below with", string(fixture(t, "with_not_indented.yml")),
			replace(string(fixture(t, "with_not_indented.yml")), "        node-version", "          node-version"), "with"},
		{"mends inputs and stays out of scripts", replace(script, right, "        with:\n        node-version: 20\n        # why\n        cache: npm\n"),
			replace(script, right, "        with:\n          node-version: 20\n          # why\n          cache: npm\n"), "with"},
		{"mends a with too deep", replace(script, right, "            with:\n              node-version: 20\n"), script, "with"},
		{"mends a with at the dash", replace(script, right, "      with:\n        node-version: 20\n"), script, "with"},
		{"mends a with at the job", replace(script, right, "    with:\n      node-version: 20\n"), script, "with"},
		{"mends a with as a step", replace(script, right, "      - with:\n          node-version: 20\n"), script, "with"},
		{"mends a byte order mark", byteOrderMark + byteOrderMark + script, script, "byte order"},
		{"mends marks of files put together", byteOrderMark + replace(script, "jobs:", byteOrderMark+"jobs:"), script, "byte order"},
		{"mends doubled returns", strings.ReplaceAll(good, "\n", "\r\r\n"), strings.ReplaceAll(good, "\n", "\r\n"), "carriage"},
		{"mends tabs", tabbed, strings.NewReplacer("\t", "  ").Replace(tabbed), "tabs"},
		{"mends one tab", replace(good, "      - run", "\t    - run"), good, "tabs"},
		{"mends a tab behind a dash", replace(script, "- name: last", "-\tname: last"), script, "tabs"},
		{"mends a conflict", replace(script, "on: push\n", "<<<<<<< HEAD\non: push\n=======\non: push\n>>>>>>> theirs\n"), script, "conflict"},
		{"mends a conflict with its base", replace(script, "on: push\n", "<<<<<<< a\non: push\n||||||| b\non: x\n=======\non: push\n>>>>>>> c\n"), script, "conflict"},
		{"mends several", byteOrderMark + replace(replace(script, right, "            with:\n              node-version: 20\n"), "on:", "true:"), script, "byte order"},
	} {
		fixed, what, ok := Fix([]byte(test.src))
		if !ok || string(fixed) != test.want || !strings.Contains(strings.Join(what, "; "), test.what) || (len(what) == 0) != (test.what == "") {
			t.Errorf("it %s: %t, %q\n%s\nwant %q\n%s", test.it, ok, what, fixed, test.what, test.want)
			continue
		}
		again, what, ok := Fix(fixed)
		if !ok || len(what) > 0 || !bytes.Equal(again, fixed) {
			t.Errorf("it %s: again %t, %q\n%s", test.it, ok, what, again)
		}
	}
}

func TestFixKeepsOutOfWhatIsInDoubt(t *testing.T) {
	for _, test := range []struct{ it, src string }{
		{"takes no side of a conflict", "<<<<<<< a\non: push\n=======\non: pull_request\n>>>>>>> b\n" + strings.TrimPrefix(script, "on: push\n")},
		{"takes no half conflict", "<<<<<<< a\non: push\n" + strings.TrimPrefix(script, "on: push\n")},
		{"guesses no width of a tab", "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [run: a]\n    env:\n      X: y\n\tb:\n\t  runs-on: ubuntu-latest\n\t  steps: [run: a]\n"},
		{"moves no step into a script by a tab", strings.Replace(script, "      - name: last", "\t    - name: last", 1)},
		{"writes no workflow", "# only comments\n"},
		{"mends no binary", "on: push\x00"},
		{"mends no other YAML error", strings.Replace(good, "jobs:", "jobs: [", 1)},
	} {
		fixed, what, ok := Fix([]byte(test.src))
		if ok || len(what) > 0 || string(fixed) != test.src {
			t.Errorf("it %s: %t, %q\n%s", test.it, ok, what, fixed)
		}
	}
	for _, test := range []struct{ it, src string }{
		{"moves no name that may be the step's", strings.Replace(script, "          node-version: 20\n", "        node-version: 20\n        name: x\n", 1)},
		{"gives no permissions twice", "permissions: {}\n" + string(fixture(t, "permissions_in_concurrency.yml"))},
		{"takes no permission for a group's", strings.Replace(script, "jobs:", "concurrency:\n  contents: write\n  group: a\njobs:", 1)},
		{"leaves an unknown key", "future: 1\n" + good},
	} {
		fixed, what, ok := Fix([]byte(test.src))
		if !ok || len(what) > 0 || string(fixed) != test.src {
			t.Errorf("it %s: %t, %q\n%s", test.it, ok, what, fixed)
		}
	}
}

func FuzzFix(f *testing.F) {
	seed(f)
	f.Add([]byte(script))
	f.Fuzz(func(t *testing.T, src []byte) {
		before := Check("", src)
		fixed, what, ok := Fix(src)
		if !ok {
			if !bytes.Equal(fixed, src) || len(what) > 0 {
				t.Errorf("not ok, and %q", what)
			}
			return
		}
		after := Check("", fixed)
		if !after.Valid || len(after.Problems) > len(before.Problems) {
			t.Errorf("fixed to %q from %q", told(after), told(before))
		}
		if (len(what) == 0) != bytes.Equal(fixed, src) {
			t.Errorf("%q, and changed: %t", what, !bytes.Equal(fixed, src))
		}
		again, more, ok := Fix(fixed)
		if !ok || len(more) > 0 || !bytes.Equal(again, fixed) {
			t.Errorf("again %t, %q\n%q\n%q", ok, more, fixed, again)
		}
	})
}
