package pm2

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestDumpLeavesOutWhatPM2MakesAnewAndModules(t *testing.T) {
	got, err := encodeDump(&scanner{b: []byte(`[{"pid":1,"name":"a","pm2_env":{"instances":2,"name":"a","env":{"pm_id":"kept","instances":[]},"pm_id":0,"args":[],"prev_restart_delay":5}},
		{"pm2_env":{"name":"m","pmx_module":true},"name":"m"},{"name":"b","pm2_env": { "pm_id":1 ,"name":"b" , "pmx_module":false } }]`)})
	const want = `[
  {
    "name": "a",
    "env": {
      "pm_id": "kept",
      "instances": []
    },
    "args": []
  },
  {
    "name": "b",
    "pmx_module": false
  }
]`
	if err != nil || string(got) != want {
		t.Errorf("encodeDump = %v\n%s\nwant\n%s", err, got, want)
	}
}

// FuzzEncodeDump holds the copying against encoding/json.
func FuzzEncodeDump(f *testing.F) {
	f.Add([]byte(`[{"name":"a","pm2_env":{"instances":2,"env":{"A":"}\"]"},"pm_id":0,"x":[1,{"pm_id":1}]}}]`))
	f.Add([]byte(`[{"pm2_env":{"\u0070m_id":1,"pmx_module":0,"a":null}},{"pm2_env":{"pmx_module":"yes"}}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, err := encodeDump(&scanner{b: raw})
		if err == nil && !json.Valid(text) {
			t.Fatalf("encodeDump(%q) wrote %q", raw, text)
		}
		list, ok := slowList(raw)
		if !ok {
			return
		}
		var got []map[string]any
		if err != nil || decodeNumbers(text, &got) != nil {
			t.Fatalf("encodeDump(%q) = %q, %v", raw, text, err)
		}
		if want := slowDump(list); !reflect.DeepEqual(got, want) {
			t.Errorf("encodeDump(%q) = %v, want %v", raw, got, want)
		}
	})
}

// slowList reads a list in which every process has a pm2_env.
func slowList(raw []byte) ([]map[string]any, bool) {
	var list []map[string]any
	if !json.Valid(raw) || decodeNumbers(raw, &list) != nil || list == nil {
		return nil, false
	}
	for _, process := range list {
		if env, _ := process["pm2_env"].(map[string]any); env == nil {
			return nil, false
		}
	}
	return list, true
}

func slowDump(list []map[string]any) []map[string]any {
	dump := []map[string]any{}
	for _, process := range list {
		env := process["pm2_env"].(map[string]any)
		for _, key := range []string{"instances", "pm_id", "prev_restart_delay"} {
			delete(env, key)
		}
		switch env["pmx_module"] {
		case nil, false, "", json.Number("0"):
			dump = append(dump, env)
		}
	}
	return dump
}

func decodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	return d.Decode(v)
}
