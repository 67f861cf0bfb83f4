package netlify

import (
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxManifest is the longest manifest that is read, in bytes: some 10,000
// functions.
const maxManifest = 16 << 20

// Collect makes the bundle of a publish folder and of a folder with the zips of
// functions and the bundler's manifest.json; an empty functionsDir is a site
// without functions. Of the publish folder it takes what `netlify deploy` takes:
// no hidden file but .well-known, no __MACOSX, and no node_modules where the
// folder is a project itself. It also takes _redirects and _headers as they are,
// which `netlify deploy` writes into a netlify.toml of its own. It does not know
// of edge functions. A link is followed within the folder; a link out of it, to
// a folder or to nothing is refused, and so is what is not a file.
func Collect(publishDir, functionsDir string) (Bundle, error) {
	b := Bundle{Files: map[string]File{}, Functions: map[string]FunctionFile{}}
	if err := b.collectFiles(publishDir); err != nil {
		return Bundle{}, fmt.Errorf("collect %s: %w", publishDir, err)
	}
	if functionsDir != "" {
		if err := b.collectFunctions(functionsDir); err != nil {
			return Bundle{}, fmt.Errorf("collect %s: %w", functionsDir, err)
		}
	}
	if len(b.Files) == 0 && len(b.Functions) == 0 {
		return Bundle{}, fmt.Errorf("collect %s: there is nothing to deploy", publishDir)
	}

	return b, nil
}

// collectFiles walks the publish folder.
func (b *Bundle) collectFiles(dir string) error {
	project := isProject(dir)
	var total int64
	return filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, at)
		if err != nil || relative == "." {
			if err == nil && !entry.IsDir() {
				return errors.New("it is not a folder")
			}
			return err
		}
		switch {
		case left(entry.Name(), project) && entry.IsDir():
			return filepath.SkipDir
		case left(entry.Name(), project), entry.IsDir():
			return nil
		}
		name := filepath.ToSlash(relative)
		if err := siteName(name); err != nil {
			return err
		}
		f, err := digest(dir, relative, sha1.New())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b.Files[name] = f
		total += f.Size

		return tooMuch(len(b.Files), total)
	})
}

// tooMuch refuses more than a site can be.
func tooMuch(files int, total int64) error {
	switch {
	case files > MaxFiles:
		return fmt.Errorf("it holds more than %d files; is it the publish folder?", MaxFiles)
	case total > MaxTotal:
		return fmt.Errorf("it holds more than %d bytes; is it the publish folder?", int64(MaxTotal))
	}

	return nil
}

// left says that a name is left out.
func left(name string, project bool) bool {
	return strings.HasPrefix(name, ".") && name != ".well-known" || strings.HasPrefix(name, "__MACOSX") || project && name == "node_modules"
}

// isProject says that a folder is a project with its tools, which are not
// published.
func isProject(dir string) bool {
	return slices.ContainsFunc([]string{"package.json", "netlify.toml"}, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// collectFunctions takes what the manifest lists, and no other zip: those of
// functions that are gone stay in the folder. The manifest's paths are of the
// machine and folder where it was made, so only their last part counts.
func (b *Bundle) collectFunctions(dir string) error {
	raw, err := readManifest(dir)
	if err != nil {
		return err
	}
	m, err := parseManifest(raw)
	if err != nil {
		return fmt.Errorf("manifest.json: %w", err)
	}
	for _, entry := range m.Functions {
		zip := path.Base(filepath.ToSlash(entry.Path))
		f, err := digest(dir, zip, sha256.New())
		if err != nil {
			return fmt.Errorf("function %s: %s: %w", entry.Name, zip, err)
		}
		if f.Size > MaxFunction {
			return fmt.Errorf("function %s: %s is of %d bytes, Netlify takes %d", entry.Name, zip, f.Size, MaxFunction)
		}
		runtime := entry.RuntimeVersion
		if runtime == "" {
			runtime = entry.Runtime
		}
		b.Functions[entry.Name] = FunctionFile{
			File: f, Runtime: runtime, InvocationMode: entry.InvocationMode, Timeout: entry.Timeout,
			RuntimeAPIVersion: entry.apiVersion(), Config: entry.config(),
		}
		if entry.Schedule != "" {
			b.Schedules = append(b.Schedules, Schedule{Name: entry.Name, Cron: entry.Schedule})
		}
	}
	slices.SortFunc(b.Schedules, func(a, c Schedule) int { return strings.Compare(a.Name, c.Name) })

	return nil
}

// readManifest reads the manifest of a folder of functions.
func readManifest(dir string) ([]byte, error) {
	f, size, err := openFile(dir, "manifest.json")
	if err != nil {
		return nil, fmt.Errorf("manifest.json: %w; build the functions first", err)
	}
	defer f.Close()
	if size > maxManifest {
		return nil, fmt.Errorf("manifest.json: is of %d bytes, want at most %d", size, maxManifest)
	}

	return io.ReadAll(io.LimitReader(f, maxManifest))
}
