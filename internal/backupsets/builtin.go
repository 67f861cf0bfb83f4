package backupsets

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"rr/internal/backup"
	"rr/schemas"
)

// builtin makes the sets of one name of backup.builtin: one for each entry of
// the configuration that it is about.
func (o Options) builtin(name string) []Set {
	var sets []Set
	switch name {
	case schemas.BuiltinRR:
		return []Set{o.own()}
	case schemas.BuiltinJournal:
		return o.journal()
	case schemas.BuiltinAutomation:
		return []Set{o.automation()}
	case schemas.BuiltinGitHub:
		for _, scope := range slices.Sorted(maps.Keys(o.Config.GitHub)) {
			sets = append(sets, o.github(scope))
		}
	case schemas.BuiltinNetlify:
		for _, scope := range slices.Sorted(maps.Keys(o.Config.Netlify)) {
			sets = append(sets, o.netlify(scope))
		}
	case schemas.BuiltinPM2:
		for _, scope := range slices.Sorted(maps.Keys(o.Config.PM2)) {
			if set, found := o.pm2(scope); found {
				sets = append(sets, set)
			}
		}
	}

	return sets
}

// own is the configuration and the policies of rr itself.
func (o Options) own() Set {
	dir := filepath.Dir(o.Path)
	s := Set{Name: schemas.BuiltinRR, Roots: backup.Roots{"": dir}, parts: []part{{dir: dir, globs: []string{filepath.Base(o.Path)}}}, judge: each(o.judgeOwn)}
	if o.Policy != "" {
		s.Roots["policies"] = o.Policy
		s.parts = append(s.parts, part{dir: o.Policy, prefix: "policies", globs: []string{"**/*.rego"}})
	}

	return s
}

func (o Options) judgeOwn(path string, content []byte) error {
	if o.Judge == nil {
		return nil
	}

	return o.Judge(path, content)
}

// journal is rr's journal, which has to be copied by its own means. It is put
// back by hand, when no rr runs.
func (o Options) journal() []Set {
	if o.Journal == nil {
		return nil
	}

	return []Set{{
		Name: schemas.BuiltinJournal, Every: o.Config.Backup.JournalEvery.Of(), Roots: backup.Roots{},
		Leave: map[string]string{"rr.db": "the journal is put back by hand, when no rr runs: see docs/operations.md"},
		extra: []backup.File{{Path: "rr.db", Content: o.Journal}}, judge: each(nil),
	}}
}

func (o Options) github(scope string) Set {
	dir := o.Resolve(o.Config.GitHub[scope].Checkout)

	return Set{
		Name: schemas.SetOf("github", scope), Roots: backup.Roots{"": dir}, judge: each(workflow),
		parts: []part{{dir: dir, globs: []string{".github/workflows/*.{yml,yaml}"}}},
	}
}

// netlify is what makes the functions of a site: netlify.toml, the folder of
// functions, and their list.
func (o Options) netlify(scope string) Set {
	entry := o.Config.Netlify[scope]
	dir := o.Resolve(entry.Dir)
	globs := []string{"netlify.toml", "_headers", "_redirects", "netlify/functions/**"}
	if entry.Manifest.Path != "" {
		globs = append(globs, filepath.ToSlash(filepath.Clean(entry.Manifest.Path)))
	}

	return Set{
		Name: schemas.SetOf("netlify", scope), Roots: backup.Roots{"": dir}, judge: site(dir),
		parts: []part{{dir: dir, globs: globs, more: func() []string { return siteGlobs(dir) }}},
	}
}

// Dump is what PM2 saved, as a backup of a PM2 home has it.
const Dump = "home/dump.pm2"

// pm2 is what a PM2 home would start again. All of it may hold secrets.
func (o Options) pm2(scope string) (Set, bool) {
	home, found := o.Home(scope)
	if !found {
		return Set{}, false
	}
	s := Set{
		Name: schemas.SetOf("pm2", scope), Secret: true, Roots: backup.Roots{"home": home}, judge: dumps,
		parts: []part{{dir: home, prefix: "home", globs: []string{"dump.pm2", "dump.pm2.bak", "module_conf.json", "modules/*/package.json", "agent.json5"}}},
	}
	s.addEcosystemFiles(o, scope)

	return s, true
}

// automation is every ecosystem file and the folder automation beside the
// configuration. An ecosystem file may hold secrets.
func (o Options) automation() Set {
	dir := filepath.Dir(o.Path)
	s := Set{Name: schemas.BuiltinAutomation, Roots: backup.Roots{"": dir}, judge: each(plain), parts: []part{{dir: dir, globs: []string{"automation/**"}}}}
	for _, scope := range slices.Sorted(maps.Keys(o.Config.PM2)) {
		s.addEcosystemFiles(o, scope)
		s.Secret = s.Secret || len(o.Config.PM2[scope].Ecosystem) > 0
	}

	return s
}

func isDir(path string) bool {
	info, err := os.Stat(path)

	return err == nil && info.IsDir()
}
