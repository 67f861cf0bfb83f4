package workflowfile

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func written(t *testing.T, write func(io.Writer, []File) error, files ...File) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b, files); err != nil {
		t.Fatal(err)
	}

	return b.String()
}

// hostile says what a file might say to break an output.
func hostile() File {
	f := newFile("a:b,c%\x1b[31m.yml")
	f.Problems = []Problem{
		{Kind: KindText, Message: "no place", Fatal: true},
		{Line: 3, Column: 7, Kind: "syntax-check", Message: "100%\n::stop-commands::x\r\x1b[2J\u009b\u202e"},
		{Line: 4, Kind: "events", Message: "no column"},
	}

	return f
}

func TestWriteTextKeepsToLines(t *testing.T) {
	want := "a:b,c% [31m.yml: error: no place [text]\n" +
		"a:b,c% [31m.yml:3:7: warning: 100% ::stop-commands::x  [2J   [syntax-check]\n" +
		"a:b,c% [31m.yml:4:1: warning: no column [events]\n"
	if got := written(t, WriteText, hostile()); got != want {
		t.Errorf("WriteText = %q, want %q", got, want)
	}
}

func TestWriteGitHubEscapesCommands(t *testing.T) {
	want := "::error file=a%3Ab%2Cc%25\x1b[31m.yml,title=text::no place\n" +
		"::warning file=a%3Ab%2Cc%25\x1b[31m.yml,line=3,col=7,title=syntax-check::100%25%0A::stop-commands::x%0D\x1b[2J\u009b\u202e\n" +
		"::warning file=a%3Ab%2Cc%25\x1b[31m.yml,line=4,col=1,title=events::no column\n"
	if got := written(t, WriteGitHub, hostile()); got != want {
		t.Errorf("WriteGitHub = %q, want %q", got, want)
	}
}

func TestWriteJSONTellsAll(t *testing.T) {
	var got struct {
		SchemaVersion int    `json:"schema_version"`
		Files         []File `json:"files"`
	}
	decoder := json.NewDecoder(strings.NewReader(written(t, WriteJSON, Check("r.yml", []byte(full)), hostile())))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.SchemaVersion != 1 || len(got.Files) != 2 || len(got.Files[0].Jobs) != 3 || got.Files[1].Problems[1] != hostile().Problems[1] {
		t.Errorf("WriteJSON = %+v", got)
	}
	if empty := written(t, WriteJSON); !strings.Contains(empty, `"files": []`) {
		t.Errorf("WriteJSON of nothing = %s", empty)
	}
}

func TestWriteSARIFPlacesResults(t *testing.T) {
	got := written(t, WriteSARIF, hostile(), File{Path: "/abs/x y.yml", Problems: []Problem{{Line: 1, Column: 2, Kind: "events", Message: "m"}}})
	var log sarifLog
	if err := json.Unmarshal([]byte(got), &log); err != nil {
		t.Fatal(err)
	}
	results := log.Runs[0].Results
	if log.Version != "2.1.0" || len(log.Runs[0].Tool.Driver.Rules) != 3 || len(results) != 4 {
		t.Fatalf("WriteSARIF = %s", got)
	}
	for i, want := range []struct {
		level, rule, uri string
		region           *sarifRegion
	}{
		{"error", "text", "./a:b,c%25%1B%5B31m.yml", nil},
		{"warning", "syntax-check", "./a:b,c%25%1B%5B31m.yml", &sarifRegion{3, 7}},
		{"warning", "events", "./a:b,c%25%1B%5B31m.yml", &sarifRegion{4, 0}},
		{"warning", "events", "file:///abs/x%20y.yml", &sarifRegion{1, 2}},
	} {
		r := results[i]
		place := r.Locations[0].Physical
		if r.Level != want.level || r.RuleID != want.rule || log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != want.rule || place.Artifact.URI != want.uri {
			t.Errorf("result %d = %+v, want %+v", i, r, want)
		}
		if (place.Region == nil) != (want.region == nil) || want.region != nil && *place.Region != *want.region {
			t.Errorf("result %d is at %+v, want %+v", i, place.Region, want.region)
		}
	}
}
