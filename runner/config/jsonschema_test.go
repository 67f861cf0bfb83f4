package config

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"rr/schemas"
)

func TestCommittedJSONSchemasAreThoseThatTheDefinitionsGive(t *testing.T) {
	want, err := JSONSchemas()
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(schemas.JSON, "json", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		got, err := schemas.JSON.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "json/")
		switch fresh, ok := want[name]; {
		case !ok:
			t.Errorf("schemas/%s is of no definition", path)
		case string(got) != string(fresh):
			t.Errorf("schemas/%s is stale: run go generate ./runner/config", path)
		}
		delete(want, name)

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		t.Errorf("schemas/json/%s is missing: run go generate ./runner/config", name)
	}
}

// OPA's type checker takes no allOf, and sees nothing in a struct that is open.
func TestJSONSchemasAreInTheFormThatOPATakes(t *testing.T) {
	written, err := JSONSchemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range written {
		var schema any
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		closed(t, name, schema)
	}
}

func closed(t *testing.T, at string, schema any) {
	t.Helper()
	s, ok := schema.(map[string]any)
	if !ok {
		return
	}
	if s["allOf"] != nil || s["$ref"] != nil || s["type"] == nil {
		t.Errorf("%s is %v, want a type and neither allOf nor $ref", at, s)
	}
	if s["type"] == "object" && s["additionalProperties"] != false {
		if _, isMap := s["additionalProperties"].(map[string]any); !isMap {
			t.Errorf("%s is open", at)
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, property := range properties {
		closed(t, at+"."+name, property)
	}
	closed(t, at+"[]", s["items"])
}

func TestDataConfigHasSecondsAndBytesAndEveryField(t *testing.T) {
	written, err := JSONSchemas()
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonSchema
	if err := json.Unmarshal(written["config/pm2.json"], &schema); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"interval", "pm2.memory.limit", "pm2.ladder.restart.cooldown", "pm2.ladder.restart.attempts"} {
		names := strings.Split(path, ".")
		if got := schema.at(names); got == nil || got.Type != "integer" {
			t.Errorf("%s is %v, want an integer", path, got)
		}
		parent, name := schema.at(names[:len(names)-1]), names[len(names)-1]
		if !slices.Contains(parent.Required, name) {
			t.Errorf("%s is not required, though it has a default", path)
		}
	}
	if pm2 := schema.at([]string{"pm2"}); slices.Contains(pm2.Required, "home") {
		t.Error("pm2.home is required, though it may be absent")
	}
}
