package ecosystem

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// plainValue is a value as encoding/json gives it.
func plainValue(v value) any {
	switch v.kind {
	case boolean:
		return v.truth
	case number:
		return v.number
	case text:
		return v.text
	case list:
		all := []any{}
		for _, item := range v.list {
			all = append(all, plainValue(item))
		}
		return all
	case object:
		all := map[string]any{}
		for name, field := range v.fields {
			all[name] = plainValue(field)
		}
		return all
	}
	return nil
}

func TestParseJSONTakesWhatJavaScriptTakes(t *testing.T) {
	for source, want := range map[string]string{
		`{a: 1, $b_: [1, 2,], 'c': "d",}`:      `{"a": 1, "$b_": [1, 2], "c": "d"}`,
		"/* a */ [ // b\n 1 /**/ ]\n// c\n":    `[1]`,
		"\ufeff[.5, 5., 1e3, 0x1F, 0b11, -1]":  `[0.5, 5, 1000, 31, 3, -1]`,
		`['it\'s', "\x41\u00e9\ud83d\ude00"]`:  `["it's", "Aé😀"]`,
		"[`two\nlines`, 'on\\\none']":          `["two\nlines", "onone"]`,
		`{1: true, undefined: undefined}`:      `{"1": true, "undefined": null}`,
		`{"a": 1, "a": 2}`:                     `{"a": 2}`,
		`{default: null, class: "x", été: +1}`: `{"default": null, "class": "x", "été": 1}`,
	} {
		v, err := parseJSON([]byte(source))
		var plain any
		if bad := json.Unmarshal([]byte(want), &plain); bad != nil {
			t.Fatal(bad)
		}
		if err != nil || !reflect.DeepEqual(plainValue(v), plain) {
			t.Errorf("parseJSON(%s) = %v, %v, want %s", source, plainValue(v), err, want)
		}
	}
}

func TestParseJSONTellsWhereItStops(t *testing.T) {
	for source, want := range map[string]string{
		"":                         "1:1: the file is empty",
		"// only\n":                "2:1: the file is empty",
		"{\n  \"a\" 1}":            "2:7: something else where a colon should stand",
		"{a: 1;}":                  "1:6: ';' where a comma or } should stand",
		"{a: 1}\n;":                "2:1: ';' where the end of the file should stand",
		"[1,,2]":                   "1:4: ',' where a value should stand",
		"[1":                       "1:3: the file ends where a comma or ] should stand",
		`["é", secret]`:            "1:7: a word where a value should stand",
		"[`${secret}`]":            "1:3: an expression",
		"/* a":                     "1:1: the comment that begins here does not end",
		"['a\n']":                  "1:2: the text that begins here does not end on its line",
		"[010]":                    "1:2: not a number",
		"[1abc]":                   "1:2: not a number",
		`"\u12`:                    "1:2: not an escape",
		`"\`:                       "1:2: the file ends within a text",
		"[] // end":                "1:10: PM2 puts the file in parentheses",
		"\xff":                     "1:1: not UTF-8 text",
		strings.Repeat("[", 1<<19): "1:101: nested more than 100 deep",
	} {
		if _, err := parseJSON([]byte(source)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("parseJSON(%.40q) = %v, want %s", source, err, want)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"apps": [{"name": "a", "instances": 2.5e1}]}`, "{a: 'b', /* c */ d: `e`,} // f\n", `["\ud83d\ude00\n"]`, "[0x1f, .5, +1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		v, err := parseJSON([]byte(source))
		var strict any
		if json.Unmarshal([]byte(source), &strict) != nil {
			return
		}
		if err != nil {
			if !strings.Contains(err.Error(), "nested more than") && !strings.Contains(err.Error(), "not UTF-8") {
				t.Fatalf("parseJSON(%q) = %v, but it is JSON", source, err)
			}
			return
		}
		if got := plainValue(v); !reflect.DeepEqual(got, strict) {
			t.Fatalf("parseJSON(%q) = %v, want %v", source, got, strict)
		}
	})
}

func FuzzParseYAML(f *testing.F) {
	for _, seed := range []string{"apps:\n  - {name: a}\n", "a: &a {b: 1}\nc: {<<: *a}\n", "&a [*a]", "? [a]\n: b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) { parseYAML([]byte(source)) })
}
