package ecosystem_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rr/internal/ecosystem"
)

// What a backup holds is told like what lies in place, as far as nothing has to
// be evaluated for it.
func TestParseTellsWhatReadWould(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	files, err := os.ReadDir(dir)
	must(t, err)
	same, evaluated := 0, 0
	for _, entry := range files {
		path := filepath.Join(dir, entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		got, err := ecosystem.Parse(path, content)
		if got.Kind == ecosystem.JS {
			evaluated++
			if !errors.Is(err, ecosystem.ErrJavaScript) || len(got.Apps) > 0 {
				t.Errorf("Parse(%s) = %+v, %v; want ErrJavaScript", entry.Name(), got, err)
			}
			continue
		}
		want, wantErr := (&ecosystem.Reader{FindNode: noNode}).Read(t.Context(), path)
		if got.Hash != want.Hash || got.Content != want.Content || got.Problem != want.Problem || summary(got.Apps) != summary(want.Apps) || told(err) != told(wantErr) {
			t.Errorf("Parse(%s) = %+v, %v; want %+v, %v", entry.Name(), got, err, want, wantErr)
		}
		same++
	}
	if same < 10 || evaluated < 10 {
		t.Errorf("%d files compared and %d in JavaScript, want 10 of each", same, evaluated)
	}
}

var errNoNode = errors.New("there is none")

func noNode(context.Context) (string, error) { return "", errNoNode }

func told(err error) string {
	if err == nil {
		return ""
	}

	return err.Error()
}

func TestNodeIsLookedForOnlyWhenAFileIsEvaluated(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	asked := 0
	r := &ecosystem.Reader{FindNode: func(context.Context) (string, error) {
		asked++
		return "node", nil
	}}
	for range 2 {
		read(t, r, filepath.Join(dir, "array.json"))
		read(t, r, filepath.Join(dir, "apps.yml"))
	}
	if asked != 0 {
		t.Errorf("asked for node %d times for JSON and YAML", asked)
	}
	for range 3 {
		read(t, r, filepath.Join(dir, "sibling.config.cjs"))
	}
	if asked != 1 {
		t.Errorf("asked for node %d times, want once for each content", asked)
	}
	r.FindNode = noNode
	read(t, r, filepath.Join(dir, "sibling.config.cjs")) // it is known
	file, err := r.Read(t.Context(), filepath.Join(dir, "plain.config.cjs"))
	if !errors.Is(err, errNoNode) || len(file.Content) != 64 {
		t.Errorf("Read() = %+v, %v; want why there is no node, and what was read", file, err)
	}
}

func TestACommandOfThePathIsToldFromAFile(t *testing.T) {
	t.Parallel()
	dir := fixtures(t)
	path := write(t, filepath.Join(dir, "commands.json"), `[{"name": "a", "script": "sh"}, {"name": "b", "script": "sh -c 'app.js'"}, {"name": "c", "script": "app.js"}, {"name": "d", "script": "/bin/sh"}]`)
	var got []string
	for _, app := range read(t, &ecosystem.Reader{}, path).Apps {
		if app.Command {
			got = append(got, app.Name)
		}
	}
	if strings.Join(got, " ") != "a b" {
		t.Errorf("commands of $PATH are run by %v, want a and b", got)
	}
}
