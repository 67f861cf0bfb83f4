package netlify

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"rr/internal/functions"
	"rr/internal/lastgood"
	"rr/schemas"
)

// Manifest is netlify.manifest: it writes the list of functions anew from the
// source, in the configured shape. The same source gives the same bytes.
type Manifest struct{ Sites Sites }

// Act writes it.
func (v Manifest) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	return v.Sites.inFolder(ctx, a, func(ctx context.Context, s Site) (string, error) { return s.list(ctx, a.Target) })
}

func (s Site) list(ctx context.Context, target schemas.ID) (string, error) {
	name := s.Config.Manifest.Path
	if name == "" {
		return "", fmt.Errorf("%s: none is wanted: name one, as in manifest: path: \".netlify/functions/manifest.json\"", target)
	}
	found, err := s.find(ctx)
	if err != nil {
		return "", err
	}
	if err := listable(found); err != nil {
		return "", err
	}
	wanted, err := functions.Wanted(found, s.Config.Manifest.Shape, s.Config.Deploy.Functions)
	if err != nil {
		return "", err
	}

	return s.write(ctx, name, wanted, found)
}

// listable refuses a source of which it is not known what Netlify makes of it:
// an empty list would look like a site without functions.
func listable(found functions.Site) error {
	for _, p := range found.Toml.Problems {
		if p.Severity == functions.Error {
			return refused("it is not known where the functions are: %s", p)
		}
	}
	if found.Missing {
		return refused("there is no folder of functions at %s", found.Dir)
	}

	return nil
}

func (s Site) write(ctx context.Context, name string, wanted []byte, found functions.Site) (string, error) {
	if err := s.free(ctx); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	now, err := lastgood.Read(root, name)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	if bytes.Equal(now, wanted) {
		return "", refused("%s says what the source says", name)
	}
	note, err := s.replace(name, now, wanted)
	if err != nil {
		return "", err
	}

	return fmt.Sprintf("%s lists %d functions%s", name, len(found.Functions), note), nil
}
