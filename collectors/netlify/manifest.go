package netlify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"rr/internal/functions"
	"rr/schemas"
)

// manifest is what is known of the list of functions, and of the source as a
// whole.
func (s *Source) manifest(config schemas.Netlify) schemas.Manifest {
	facts := s.whole(config)
	path, text, err := s.readManifest(config)
	facts.Path, facts.Wanted = path, config.Manifest.Path != ""
	switch {
	case err != nil:
		facts.State, facts.Problem = schemas.ManifestInvalid, fmt.Sprintf("%s: cannot be read: %v", path, plain(err))
		return facts
	case text == nil:
		facts.State = schemas.ManifestMissing
		return facts
	}
	listed, err := functions.ReadManifest(text)
	facts.Shape, facts.Listed = shape(listed), len(listed.Entries)
	difference := functions.Compare(s.found, listed)
	facts.Ghosts, facts.Orphans = list(difference.Ghosts), list(difference.Orphans)
	for _, d := range difference.Drift {
		facts.Drift = append(facts.Drift, d.Name+": "+d.Field)
	}
	wanted, wantedErr := functions.Wanted(s.found, config.Manifest.Shape, config.Deploy.Functions)
	switch {
	case err != nil:
		facts.State, facts.Problem = schemas.ManifestInvalid, path+":"+err.Error()
	case wantedErr == nil && bytes.Equal(text, wanted): // a source that does not parse leaves gaps in it
		facts.State = schemas.ManifestOK
	case len(listed.Problems) > 0:
		facts.State, facts.Problem = schemas.ManifestInvalid, path+": "+listed.Problems[0]
	case !difference.None():
		facts.State = schemas.ManifestDrifted
	}

	return facts
}

// whole is what is known of the source as a whole.
func (s *Source) whole(config schemas.Netlify) schemas.Manifest {
	facts := schemas.Manifest{
		State: schemas.ManifestOK, Shape: "unknown", Ghosts: []string{}, Orphans: []string{}, Drift: []string{}, Directory: s.found.Dir,
		DirectoryFound: "present", DirectoryFrom: "default", TomlState: "ok", Functions: len(s.found.Functions),
		HeadersMissing: list(s.found.Headers.Missing), BuildConfigured: len(config.Build.Command) > 0,
	}
	if s.found.Missing {
		facts.DirectoryFound = "missing"
	}
	switch s.found.From {
	case functions.FromFunctions:
		facts.DirectoryFrom = "toml_functions"
	case functions.FromBuild:
		facts.DirectoryFrom = "toml_build"
	}
	problem, n := firstOf(s.found.Toml.Problems, functions.Error)
	switch {
	case n > 0:
		facts.TomlState, facts.TomlProblem = "invalid", problem.String()
	case s.found.Toml.Path == "":
		facts.TomlState = "missing"
	}
	for _, f := range s.found.Functions {
		if f.Broken() {
			facts.Invalid++
		}
	}

	return facts
}

// shape is that of a manifest as policies know it. Of the older one there are
// lists of names, of objects, and of both.
func shape(listed functions.Listed) string {
	switch listed.Shape {
	case functions.ShapeV1:
		return "version_1"
	case functions.ShapeUnknown:
		return "unknown"
	}
	objects := 0
	for _, entry := range listed.Entries {
		if entry.MainFile != "" {
			objects++
		}
	}
	if objects > 0 && objects < len(listed.Entries) {
		return "mixed"
	}

	return "names"
}

// readSome reads a plain file of a bounded size below a folder.
func readSome(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no plain file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, functions.MaxManifest+1))
	if text == nil && err == nil {
		text = []byte{}
	}

	return text, err
}

// plain is an error without the path that its place already says.
func plain(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}

	return err
}
