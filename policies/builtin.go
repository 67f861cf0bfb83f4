package policies

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"rr/schemas"
)

// builtin holds the built-in policies, each beside its tests.
//
//go:embed pm2 github netlify backup overall lib fixtures
var builtin embed.FS

// builtinFiles returns the built-in set by path: policies/pm2/process/errored.rego.
func builtinFiles() map[string][]byte {
	files := map[string][]byte{}
	// Reading what is compiled in does not fail.
	_ = fs.WalkDir(builtin, ".", func(name string, entry fs.DirEntry, _ error) error {
		if !entry.IsDir() && path.Ext(name) == ".rego" {
			files["policies/"+name], _ = builtin.ReadFile(name)
		}
		return nil
	})

	return files
}

// gather returns the built-in set with the operator's folder over it: a package
// of the operator's replaces the built-in one of the same path and its tests.
// Loading both would merge their rules. Of a system that is neither configured
// nor in the operator's folder nothing is taken: compiling it would cost each
// start and each reload.
func gather(dir string, c schemas.Config) (map[string][]byte, []string, error) {
	files := builtinFiles()
	own := map[string][]byte{}
	if dir != "" {
		var err error
		if own, err = readDir(dir); err != nil {
			return nil, nil, err
		}
	}

	warnings := keepKinds(own, files)
	needless(files, own, c)
	replaced := packages(own)
	for name, text := range files {
		if slices.Contains(replaced, strings.TrimSuffix(packageOf(name, text), testSuffix)) {
			delete(files, name)
		}
	}
	for name, text := range own {
		if _, taken := files[name]; taken {
			name = "./" + name
		}
		files[name] = text
	}

	return files, warnings, nil
}

// needless drops the policies of systems that nothing asks about: the built-in
// ones, and copies of them that the operator did not change. All are kept where
// no system is configured.
func needless(files, own map[string][]byte, c schemas.Config) {
	needed := c.Systems()
	if len(needed) == 0 {
		return
	}
	ofSystem := map[string]string{} // built-in texts, and the system each is of
	for name, text := range files {
		if system := systemOf(name); system != "" {
			ofSystem[string(text)] = system
		}
	}
	for name, text := range own {
		if parts := strings.Split(packageOf(name, text), "."); ofSystem[string(text)] == "" && len(parts) > 1 {
			needed = append(needed, parts[1])
		}
	}
	for name, text := range own {
		if system := ofSystem[string(text)]; system != "" && !slices.Contains(needed, system) {
			delete(own, name)
		}
	}
	for name := range files {
		if system := systemOf(name); system != "" && !slices.Contains(needed, system) {
			delete(files, name)
		}
	}
}

// systemOf is the system that a built-in file is about, empty for those that are
// about the whole or shared.
func systemOf(name string) string {
	for _, k := range kinds() {
		system, _, isKind := strings.Cut(k.name, "/")
		if isKind && (strings.HasPrefix(name, "policies/"+system+"/") || name == "policies/fixtures/"+system+".rego") {
			return system
		}
	}

	return ""
}

// keepKinds drops the operator's copies of the modules that carry a kind's
// schemas: those of this rr hold, or nothing would be type-checked any more.
func keepKinds(own, builtin map[string][]byte) []string {
	var warnings []string
	for name, text := range own {
		pkg := packageOf(name, text)
		if !slices.Contains(kindNames(), pkg) {
			continue
		}
		delete(own, name)
		for builtinName, builtinText := range builtin {
			if packageOf(builtinName, builtinText) == pkg && string(builtinText) != string(text) {
				warnings = append(warnings, fmt.Sprintf("%s: not read: package %s comes with rr, and this copy is of another version", name, pkg))
			}
		}
	}
	slices.Sort(warnings)

	return warnings
}

// readDir reads every .rego file of the operator's folder.
func readDir(dir string) (map[string][]byte, error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("policies: %s: no such folder; make it with rr policies eject, or leave policies: dir: out", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("policies: %s: not a folder; policies: dir: names the folder of your policies", dir)
	}

	files := map[string][]byte{}
	var errs []error
	root := os.DirFS(dir)
	walk := func(name string, entry fs.DirEntry, err error) error {
		where := filepath.ToSlash(filepath.Join(dir, name))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("policies: %s: cannot be read: %w", where, err))
			return skip(entry)
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case isLinkedFolder(root, name, entry):
			errs = append(errs, fmt.Errorf("policies: %s: a link to a folder, which is not followed; name that folder in policies: dir:, or copy it", where))
			return nil
		case entry.IsDir() || path.Ext(name) != ".rego" || strings.HasPrefix(entry.Name(), "."):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("policies: %s: cannot be read: %w", where, err))
			return nil
		}
		files[where] = text
		return nil
	}
	if err := fs.WalkDir(root, ".", walk); err != nil {
		errs = append(errs, err)
	}

	return files, errors.Join(errs...)
}

func isLinkedFolder(root fs.FS, name string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 || strings.HasPrefix(entry.Name(), ".") {
		return false
	}
	info, err := fs.Stat(root, name)

	return err == nil && info.IsDir()
}

func skip(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}

	return nil
}

// packages lists the packages of files.
func packages(files map[string][]byte) []string {
	var list []string
	for name, text := range files {
		list = append(list, packageOf(name, text))
	}

	return list
}

// packageOf returns the package of a text, empty where it does not parse: that
// is told later, when all modules are parsed.
func packageOf(name string, text []byte) string {
	parsed, err := ast.ParseModuleWithOpts(name, string(text), parserOptions())
	if err != nil || parsed == nil {
		return ""
	}

	return packageName(parsed)
}
