package workflowfile

import (
	"fmt"
	"strings"
	"testing"
)

const release = `# Releases.

name: Release
on:
  push:
    branches: [main]
  # by hand
  workflow_dispatch:
    inputs:
      version: # which
        required: true
        type: string
  schedule:
    - cron: '0 3 * * *'

permissions:
  contents: read
concurrency: # one at a time
  group: release
  cancel-in-progress: true

# the work
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          make VERSION=${{ inputs.version }}

# the end
`

const releaseBackup = `# rr backup of .github/workflows/release.yml sha256:%s
# Generated: change the file above and let rr write this one anew. Only a dispatch starts it.
# Releases.

name: "rr backup of Release"
on:
  workflow_dispatch:
    inputs:
      version: # which
        required: true
        type: string

permissions:
  contents: read
concurrency:
  group: "rr-backup-release.yml"
  cancel-in-progress: false

# the work
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          make VERSION=${{ inputs.version }}

# the end
`

func TestBackupKeepsTheJobsAndOnlyIsDispatched(t *testing.T) {
	const path = ".github/workflows/release.yml"
	name, got, err := Backup(path, []byte(release))
	want := fmt.Sprintf(releaseBackup, Hash([]byte(release)))
	if err != nil || name != "rr-backup-release.yml" || string(got) != want {
		t.Fatalf("Backup = %s, %v\n%s\nwant\n%s", name, err, got, want)
	}
	f := Check(name, got)
	if len(f.Problems) > 0 || !f.Generated || f.BackupOf != path || f.BackupHash != Hash([]byte(release)) ||
		strings.Join(f.Triggers, " ") != "workflow_dispatch" || strings.Join(f.Required, " ") != "version" {
		t.Errorf("the backup is %+v", f)
	}
	if Check(path, []byte(release)).Generated {
		t.Error("the original is taken for a backup")
	}
}

func TestBackupOfEveryShape(t *testing.T) {
	const jobs = "jobs:\n  a: {runs-on: ubuntu-latest, steps: [run: make]}"
	for _, test := range []struct{ it, src, want string }{
		{"adds what is not there", "on: push\n" + jobs,
			"name: \"rr backup of ci.yml\"\nconcurrency:\n  group: \"rr-backup-ci.yml\"\n  cancel-in-progress: false\non:\n  workflow_dispatch:\n" + jobs},
		{"keeps a start of the document", "---\non: [push, workflow_dispatch]\n" + jobs + "\n",
			"---\nname: \"rr backup of ci.yml\"\nconcurrency:\n  group: \"rr-backup-ci.yml\"\n  cancel-in-progress: false\non:\n  workflow_dispatch:\n" + jobs + "\n"},
		{"quotes a name", "name: 'a \"b\": c # d'\n'on': push\nconcurrency: x\n" + jobs,
			"name: \"rr backup of a \\\"b\\\": c # d\"\non:\n  workflow_dispatch:\nconcurrency:\n  group: \"rr-backup-ci.yml\"\n  cancel-in-progress: false\n" + jobs},
		{"takes on for the last", "concurrency: x\nname: a\n" + jobs + "\non: push",
			"concurrency:\n  group: \"rr-backup-ci.yml\"\n  cancel-in-progress: false\nname: \"rr backup of a\"\n" + jobs + "\non:\n  workflow_dispatch:\n"},
		{"takes inputs in braces", "on:\n    workflow_dispatch: {inputs: {a: {required: true}}}\n    push:\nname: a\nconcurrency: x\n" + jobs,
			"on:\n    workflow_dispatch: {inputs: {a: {required: true}}}\nname: \"rr backup of a\"\nconcurrency:\n  group: \"rr-backup-ci.yml\"\n  cancel-in-progress: false\n" + jobs},
	} {
		_, got, err := Backup("ci.yml", []byte(test.src))
		_, body, _ := strings.Cut(string(got), "starts it.\n")
		if err != nil || body != test.want {
			t.Errorf("it %s: %v\n%s\nwant\n%s", test.it, err, body, test.want)
			continue
		}
		if _, again, _ := Backup("ci.yml", []byte(test.src)); string(again) != string(got) {
			t.Errorf("it %s: not the same twice", test.it)
		}
		crlf := strings.ReplaceAll(test.src, "\n", "\r\n")
		_, got, err = Backup("ci.yml", []byte(byteOrderMark+crlf))
		if made := Check("rr-backup-ci.yml", got); made.BackupHash != Hash([]byte(byteOrderMark+crlf)) {
			t.Errorf("it %s, with a byte order mark: it names another file than that it was made of", test.it)
		}
		_, body, _ = strings.Cut(string(got), "starts it.\r\n")
		if err != nil || strings.TrimRight(body, "\r\n") != strings.TrimRight(strings.ReplaceAll(test.want, "\n", "\r\n"), "\r\n") {
			t.Errorf("it %s, with CR LF: %v\n%q\nwant\n%q", test.it, err, body, strings.ReplaceAll(test.want, "\n", "\r\n"))
		}
	}
}

func TestBackupRefuses(t *testing.T) {
	_, generated, err := Backup("ci.yml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	const jobs = "jobs: {a: {runs-on: ubuntu-latest, steps: [run: 'echo ${{ inputs.b }}']}}\n"
	for _, test := range []struct{ it, path, src, want string }{
		{"a file that is not valid", "ci.yml", "on: push\n", `back up ci.yml: 1:1: it is not valid: "jobs" section is missing`},
		{"a backup", "rr-backup-ci.yml", string(generated), "it is itself a backup, of ci.yml"},
		{"a file that is only called", "ci.yml", "on: workflow_call\n" + strings.Replace(jobs, "${{ inputs.b }}", "", 1), "only other workflows call it"},
		{"jobs that need the inputs of a call", "ci.yml", "on: {push: , workflow_call: {inputs: {b: {type: string}}}}\n" + jobs, `property "b" is not defined`},
		{"inputs in one line", "ci.yml", "on: {workflow_dispatch: {inputs: {b: {type: string}}}}\n" + jobs, "write it in lines of its own"},
		{"a file in braces", "ci.yml", "{on: push, " + strings.TrimSpace(strings.Replace(jobs, "echo ${{ inputs.b }}", "make", 1)) + "}", "it is written in braces"},
		{"a line that YAML takes for two", "ci.yml", "on: push\r" + strings.Replace(jobs, "${{ inputs.b }}", "", 1), "line 1 has a line break in it"},
		{"a line that only YAML ends", "ci.yml", "on: push # a\u2028\n" + strings.Replace(jobs, "${{ inputs.b }}", "", 1), "line 1 has a line break in it"},
		{"an anchor that goes with its trigger", "ci.yml", "on: {push: {branches: &b [main]}}\njobs: {a: {runs-on: ubuntu-latest, strategy: {matrix: {x: *b}}, steps: [run: make]}}\n", "could not run its jobs"},
		{"a path that would break the mark", "a\nb.yml", good, "control characters"},
	} {
		if _, got, err := Backup(test.path, []byte(test.src)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("it refuses %s: %v, want %q\n%s", test.it, err, test.want, got)
		}
	}
}

func FuzzBackup(f *testing.F) {
	seed(f)
	f.Add([]byte(release))
	f.Add([]byte(full))
	f.Fuzz(func(t *testing.T, src []byte) {
		name, generated, err := Backup(".github/workflows/f.yml", src)
		if err != nil {
			return
		}
		before, after := Check("", src), Check(name, generated)
		if !after.Valid || !after.Generated || after.BackupHash != Hash(src) || len(after.Problems) > len(before.Problems) {
			t.Errorf("%q from %q:\n%s", told(after), told(before), generated)
		}
		if strings.Join(after.Triggers, " ") != "workflow_dispatch" || len(after.Jobs) != len(before.Jobs) {
			t.Errorf("the backup has %q and %d jobs, want workflow_dispatch and %d", after.Triggers, len(after.Jobs), len(before.Jobs))
		}
	})
}
