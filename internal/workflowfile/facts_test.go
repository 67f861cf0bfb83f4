package workflowfile

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

const full = `# the release
name: Release
on:
  push: {branches: [main]}
  schedule:
    - cron: '30 5 * * 1-5'
    - cron: '0 2 29 2 *'
      timezone: Europe/Berlin
  workflow_dispatch:
    inputs:
      Version: {description: which, required: true}
      dry: {type: boolean, default: true, required: true}
  workflow_call:
permissions: read-all
jobs:
  build:
    name: Build it
    runs-on: [self-hosted, linux]
    timeout-minutes: 12.5
    strategy: {matrix: {node: [20, 22]}}
    steps:
      - uses: ./.github/actions/setup
      - run: make release # ${{ github.ref }}
        if: secrets.SIGNING_KEY != ''
        env:
          A: ${{ secrets.npm_token }} and secrets.NOT_ONE
          B: ${{ secrets['OTHER'] || secrets.GITHUB_TOKEN }}
  publish:
    needs: [build]
    runs-on: ubuntu-latest
    environment: production
    continue-on-error: true
    steps: [{run: make publish}]
  call:
    needs: publish
    uses: ./.github/workflows/announce.yml
`

func TestCheckReadsWhatAFileSays(t *testing.T) {
	f := Check("release.yml", []byte(full))
	f.Problems = []Problem{}
	want := File{
		Path: "release.yml", Valid: true, Problems: []Problem{}, Name: "Release",
		Triggers: []string{"push", "schedule", "workflow_call", "workflow_dispatch"},
		Schedules: []Schedule{
			{Cron: "30 5 * * 1-5", Line: 6}, {Cron: "0 2 29 2 *", Timezone: "Europe/Berlin", Line: 7},
		},
		Dispatchable: true, Inputs: []string{"Version", "dry"}, Required: []string{"Version"}, Callable: true, Permissions: "read-all",
		Jobs: []Job{
			{ID: "build", Name: "Build it", Line: 16, Needs: []string{}, Steps: 2, RunsOn: []string{"self-hosted", "linux"}, Matrix: true, TimeoutMinutes: 12.5},
			{ID: "publish", Line: 28, Needs: []string{"build"}, Steps: 1, RunsOn: []string{"ubuntu-latest"}, Environment: "production", ContinueOnError: true},
			{ID: "call", Line: 34, Needs: []string{"publish"}, RunsOn: []string{}, Uses: "./.github/workflows/announce.yml"},
		},
		Uses: []Use{
			{Path: "./.github/actions/setup", Line: 22, Column: 15}, {Path: "./.github/workflows/announce.yml", Line: 36, Column: 11, Workflow: true},
		},
		Secrets: []string{"NPM_TOKEN", "OTHER", "SIGNING_KEY"},
	}
	got, _ := json.MarshalIndent(f, "", " ")
	wanted, _ := json.MarshalIndent(want, "", " ")
	if string(got) != string(wanted) {
		t.Errorf("Check = %s\nwant %s", got, wanted)
	}
}

func TestPermissionsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"": "default", "permissions: read-all\n": "read-all", "permissions: write-all\n": "write-all",
		"permissions: {}\n": "none", "permissions: {contents: read}\n": "custom",
	} {
		if got := Check("", []byte(text+good)).Permissions; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestHollow(t *testing.T) {
	for _, test := range []struct {
		steps string
		want  bool
	}{
		{`[{run: "echo done"}]`, true},
		{`[{uses: actions/checkout@v4}, {uses: actions/setup-node@v4}, {run: npm ci}, {run: "echo \"Workflow completed; well\""}]`, true},
		{`[{run: "npm test || true"}]`, true},
		{`[{run: "# nothing\necho a && echo b\ntrue\nexit 0"}]`, true},
		{`[{run: make test, continue-on-error: true}]`, true},
		{`[{run: "npm test || echo failed"}]`, true},
		{`[{run: npm ci}]`, false},
		{`[{uses: actions/checkout@v4}]`, false},
		{`[{uses: some/deploy@v1}, {run: echo done}]`, false},
		{`[{run: make test}, {run: echo done}]`, false},
		{`[{run: "echo a; make test"}]`, false},
		{`[{run: "echo a && make test"}]`, false},
		{`[{run: "make; npm test || true"}]`, false},
		{`[{run: "echo v=1 >> $GITHUB_OUTPUT"}]`, false},
		{`[{run: "echo $(make test)"}]`, false},
		{`[{run: "echo x | tee out"}]`, false},
		{`[{run: "echo a\nif false; then exit 1; fi"}]`, false},
	} {
		f := Check("", []byte("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: "+test.steps+"}}\n"))
		if f.Hollow != test.want || !f.Valid {
			t.Errorf("%s: hollow %t, want %t (%q)", test.steps, f.Hollow, test.want, told(f))
		}
	}
	two := "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [run: echo]}, b: {uses: ./.github/workflows/b.yml}}\n"
	if Check("", []byte(two)).Hollow {
		t.Error("a job that calls another workflow is hollow, want it to work")
	}
}

func TestSchedulesAreThoseOfGitHub(t *testing.T) {
	for _, test := range []struct{ cron, zone, err string }{
		{"*/5 * * * *", "", ""},
		{"0 0 * JAN-MAR sun", "", ""},
		{"0 0 1,15 * 3", "America/New_York", ""},
		{"@hourly", "", "want five fields"},
		{"@every 5m", "", "want five fields"},
		{"0 * * *", "", "want five fields"},
		{"0 0 * * * *", "", "want five fields"},
		{"TZ=UTC 0 * * *", "", "want five fields"},
		{"CRON_TZ=Europe/Berlin 0 * * * *", "", "want five fields"},
		{"0 0 ? * *", "", "want five fields"},
		{"60 * * * *", "", "above maximum"},
		{"x * * * *", "", "x"},
		{"0 0 31 2 *", "", "no such day"},
		{"0 0 * * *", "Mars/Olympus", "want a name as Europe/Berlin"},
		{"0 0 * * *", "Local", "want a name as Europe/Berlin"},
	} {
		_, err := Schedule{Cron: test.cron, Timezone: test.zone}.parse()
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s %s: %v, want %q", test.cron, test.zone, err, test.err)
		}
	}
}

func TestNextAndLastFollowTheTimeZone(t *testing.T) {
	for _, test := range []struct{ cron, zone, at, last, next string }{
		{"30 5 * * *", "", "2026-03-10T05:30:00Z", "2026-03-10T05:30:00Z", "2026-03-11T05:30:00Z"},
		{"30 5 * * *", "", "2026-03-10T05:29:59Z", "2026-03-09T05:30:00Z", "2026-03-10T05:30:00Z"},
		{"0 8 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z"}, // summer time begins
		{"0 8 * * *", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T07:00:00Z", "2026-10-26T07:00:00Z"}, // and ends
		{"0 0 29 2 *", "", "2027-06-01T00:00:00Z", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"*/5 * 1 1 *", "", "2026-12-01T00:00:00Z", "2026-01-01T23:55:00Z", "2027-01-01T00:00:00Z"},
		{"0 0 1 * 1", "", "2026-11-22T00:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"}, // day or weekday
		{"@daily", "", "2026-11-22T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		s := Schedule{Cron: test.cron, Timezone: test.zone}
		if got := s.Last(at).Format(time.RFC3339); got != test.last {
			t.Errorf("%s %s: last at %s = %s, want %s", test.cron, test.zone, test.at, got, test.last)
		}
		if got := s.Next(at).Format(time.RFC3339); got != test.next {
			t.Errorf("%s %s: next after %s = %s, want %s", test.cron, test.zone, test.at, got, test.next)
		}
	}
}

func TestAFileRunsByItsFirstSchedule(t *testing.T) {
	f := File{Schedules: []Schedule{{Cron: "0 12 * * *"}, {Cron: "0 18 * * *"}, {Cron: "never"}}}
	at := time.Date(2026, 1, 2, 13, 0, 0, 0, time.UTC)
	if got := NextRun(f, at); got.Hour() != 18 || got.Day() != 2 {
		t.Errorf("NextRun = %s, want 18:00", got)
	}
	if got := LastRun(f, at); got.Hour() != 12 || got.Day() != 2 {
		t.Errorf("LastRun = %s, want 12:00", got)
	}
	if got := NextRun(File{}, at); !got.IsZero() {
		t.Errorf("NextRun without schedules = %s, want none", got)
	}
}

func TestMissingTellsWhatTheRepositoryDoesNotHave(t *testing.T) {
	f := Check("ci.yml", []byte(`on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: ./
      - uses: ./.github/actions/here
      - uses: ./.github/actions/docker/
      - uses: ./.github/actions/gone
      - uses: ./../outside
      - uses: actions/checkout@v4
  b: {uses: ./.github/workflows/here.yml}
  c: {uses: ./.github/workflows/gone.yml}
`))
	have := []string{"action.yaml", ".github/actions/here/action.yml", ".github/actions/docker/Dockerfile", ".github/workflows/here.yml"}
	f.Problems = Missing(f, func(path string) bool { return slices.Contains(have, path) })
	want := []string{
		`9:15 missing: there is no action .github/actions/gone in this repository: no action.yml, action.yaml or Dockerfile`,
		`10:15 missing: "./../outside" leads out of the repository`,
		`13:13 missing: there is no reusable workflow .github/workflows/gone.yml in this repository`,
	}
	if got := told(f); !slices.Equal(got, want) {
		t.Errorf("Missing = %q, want %q", got, want)
	}
}
