package netlify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"rr/internal/functions"
	"rr/internal/netlify"
)

// archives is where the bundler leaves archives unless told otherwise.
const archives = ".netlify/functions"

// folders are what is published and where the archives of the functions are,
// below the site's folder; the second is empty where there are none.
func (s Site) folders(found functions.Site) (publish, built string) {
	publish = s.Config.Deploy.Publish
	if publish == "" {
		publish = found.Toml.Publish
	}
	if publish == "" {
		publish = or(found.Base, ".")
	}
	built = s.Config.Deploy.Functions
	if built == "" && len(found.Functions) > 0 {
		built = path.Join(found.Base, archives)
	}

	return publish, built
}

// deployable refuses a source that would break the site: Netlify's own tools
// deploy a function that does not parse, and archives of a source that has
// changed since.
func (s Site) deployable(found functions.Site, built string) error {
	if err := listable(found); err != nil && !(found.Missing && found.From == functions.FromDefault) {
		return err
	}
	for _, f := range found.Functions {
		if !f.Broken() {
			continue
		}
		for _, p := range f.Problems {
			if p.Severity == functions.Error {
				return refused("%s is invalid: %s", f.Name, p)
			}
		}
	}
	if built == "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(built), "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return refused("there is no %s/manifest.json; build the functions first", built)
	}
	if err != nil {
		return err
	}
	for _, f := range found.Functions {
		source, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(f.MainFile)))
		if err != nil {
			return err
		}
		archive, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(built), f.Name+".zip"))
		if f.Runtime == "js" && (err != nil || archive.ModTime().Before(source.ModTime())) {
			return refused("%s has changed since it was built, or was not built at all; build the functions first", f.Name)
		}
	}

	return nil
}

// bundle collects what is deployed.
func (s Site) bundle(found functions.Site, publish, built string) (netlify.Bundle, error) {
	at := ""
	if built != "" {
		at = filepath.Join(s.Dir, filepath.FromSlash(built))
	}
	b, err := netlify.Collect(filepath.Join(s.Dir, filepath.FromSlash(publish)), at)
	if err != nil {
		return b, err
	}
	for _, f := range found.Functions {
		if _, there := b.Functions[f.Name]; !there {
			return b, refused("%s is not in %s/manifest.json; build the functions first", f.Name, built)
		}
	}
	if found.Toml.Path != "" { // in it the API finds redirects and headers
		if err := b.Add("netlify.toml", filepath.Join(s.Dir, filepath.FromSlash(found.Toml.Path))); err != nil {
			return b, err
		}
	}

	return b, nil
}

// upload deploys a bundle. What was begun with this very bundle, and not ended,
// is gone on with.
func (s Site) upload(ctx context.Context, site string, b netlify.Bundle, title string) (netlify.Deploy, error) {
	options := netlify.Options{Title: title, Begun: func(deploy string) error {
		return s.remember(func(m *memories) { m.Deploy, m.Hash = deploy, b.Hash() })
	}}
	if m := s.recall(); m.Deploy != "" && m.Hash == b.Hash() {
		options.Deploy = m.Deploy
	}
	deploy, err := s.Client.Upload(ctx, site, b, options)
	var failed *netlify.DeployError
	gone := options.Deploy != "" && netlify.KindOf(err) == netlify.NotFound
	if err == nil || errors.As(err, &failed) || gone || netlify.KindOf(err) == netlify.Invalid {
		if kept := s.remember(func(m *memories) { m.Deploy, m.Hash = "", "" }); kept != nil && err == nil {
			return deploy, unknown(kept)
		}
	}

	return deploy, err
}
