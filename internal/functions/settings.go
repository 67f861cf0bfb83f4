package functions

import (
	"maps"
	"slices"
	"strings"
)

// settingNames are what a [functions] table may say, in the spelling of
// netlify.toml, and what Netlify calls it inside.
var settingNames = map[string]string{
	"background": "background", "deno_import_map": "denoImportMap", "directory": "directory",
	"external_node_modules": "externalNodeModules", "generator": "generator", "ignored_node_modules": "ignoredNodeModules",
	"included_files": "includedFiles", "memory": "memory", "name": "name", "node_bundler": "nodeBundler",
	"node_version": "nodeVersion", "rate_limit": "rateLimit", "region": "region", "schedule": "schedule",
	"timeout": "timeout", "vcpu": "vcpu", "go_import_path": "goImportPath", "included_files_base_path": "includedFilesBasePath",
}

// bundlers are what node_bundler may be.
var bundlers = []string{"esbuild", "nft", "none", "zisi"}

// tomlSettings are the tables of [functions], a table of what stands in it
// directly first, under the glob *.
func (s *search) tomlSettings(functions map[string]any) []tomlSettings {
	all := map[string]any{}
	var found []tomlSettings
	for _, key := range slices.Sorted(maps.Keys(functions)) {
		value := functions[key]
		table, isTable := value.(map[string]any)
		switch {
		case key == "directory":
		case isTable && key != "rate_limit":
			found = append(found, tomlSettings{key, s.tomlTable(table, "functions\x00"+key)})
		case settingNames[key] != "":
			all[key] = value
		default:
			s.tomlProblem("functions\x00"+key, Warning, "[functions] has no setting %s; Netlify ignores it", key)
		}
	}
	if len(all) > 0 {
		found = append([]tomlSettings{{"*", s.tomlTable(all, "functions")}}, found...)
	}

	return found
}

// tomlTable checks the settings of one table and names them as Netlify does
// inside.
func (s *search) tomlTable(table map[string]any, at string) map[string]any {
	values := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		value, name := table[key], settingNames[key]
		if name == "" {
			s.tomlProblem(at+"\x00"+key, Warning, "there is no setting %s for functions; Netlify ignores it", key)
			continue
		}
		if problem := settingProblem(name, value); problem != "" {
			s.tomlProblem(at+"\x00"+key, Error, "%s", problem)
			continue
		}
		values[name] = value
	}

	return values
}

// settingProblem says why Netlify would refuse a setting.
func settingProblem(name string, value any) string {
	text, isText := value.(string)
	switch name {
	case "nodeBundler":
		if !isText || !slices.Contains(bundlers, text) {
			return "node_bundler must be one of " + strings.Join(bundlers, ", ")
		}
	case "schedule":
		if !isText {
			return "schedule must be text in quotes"
		}
		if err := checkCron(text); err != nil {
			return err.Error()
		}
	case "includedFiles", "externalNodeModules", "ignoredNodeModules":
		if texts(value) == nil {
			return name + " must be a list of texts"
		}
	}

	return ""
}

// settingsOf merges what netlify.toml says of one function: the more letters of
// its name a glob has, the more it counts; lists are joined.
func (t tomlFile) settingsOf(name string) map[string]any {
	var matches []tomlSettings
	for _, settings := range t.settings {
		if matchName(settings.glob, name) {
			matches = append(matches, settings)
		}
	}
	slices.SortStableFunc(matches, func(a, b tomlSettings) int { return weight(a.glob) - weight(b.glob) })
	merged := map[string]any{}
	for _, settings := range matches {
		merge(merged, settings.values)
	}

	return merged
}

// weight is how much a glob says.
func weight(glob string) int {
	stars := strings.Count(glob, "*")
	if stars == 0 {
		return len(glob)
	}

	return len(glob) - stars - 1
}

// merge adds values to settings as Netlify does.
func merge(into, values map[string]any) {
	for key, value := range values {
		was, isList := into[key].([]any)
		now, nowList := value.([]any)
		if isList && nowList {
			value = slices.Concat(was, now)
		}
		into[key] = value
	}
}

// texts is a list of texts, nil when it is none.
func texts(value any) []string {
	list, isList := value.([]any)
	if !isList {
		return nil
	}
	all := make([]string, 0, len(list))
	for _, entry := range list {
		text, isText := entry.(string)
		if !isText {
			return nil
		}
		all = append(all, text)
	}

	return all
}

// checkToml holds netlify.toml against the functions that there are.
func (s *search) checkToml() {
	names := map[string]bool{}
	for _, function := range s.site.Functions {
		names[function.Name] = true
	}
	for _, settings := range s.toml.settings {
		if !s.site.Missing && !strings.ContainsAny(settings.glob, "*?[{!") && !names[settings.glob] {
			s.tomlProblem("functions\x00"+settings.glob, Warning, "[functions.%q] names a function that there is not", settings.glob)
		}
	}
	if len(s.site.Toml.Scheduled) == 0 {
		return
	}
	s.tomlProblem("scheduled\x00functions", Warning, "Netlify does not read [[scheduled.functions]]: none of these %d schedules is in force; write [functions.\"name\"] with schedule = \"…\"", len(s.site.Toml.Scheduled))
	for _, entry := range s.site.Toml.Scheduled {
		if !names[entry.Name] && !s.site.Missing {
			s.tomlProblem("scheduled\x00functions", Warning, "[[scheduled.functions]] names %q, and there is no such function", entry.Name)
		}
	}
}
