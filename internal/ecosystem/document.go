package ecosystem

import "slices"

// document is what rr keeps of what a file says.
type document struct {
	root     value
	hash     string
	requires []string
	source   source
}

// source says how a module came to its apps, where that keeps PM2 from them.
type source string

const (
	plain      source = ""
	asDefault  source = "default" // its apps are its default export, where PM2 does not look
	notLoaded  source = "import"  // an ES module that require refuses
	asFunction source = "function"
)

// settingNames are all that rr reads of an app, aliases included. Nothing else
// leaves an evaluated file, and nothing else is kept of any.
func settingNames() []string {
	return []string{
		"name", "namespace", "cwd", "port",
		"script", "exec", "cmd", "command", "execute_command",
		"exec_interpreter", "interpreter", "execInterpreter",
		"exec_mode", "execMode", "instances",
		"autorestart", "autostart", "watch",
		"cron_restart", "cron", "cronRestart",
		"max_memory_restart", "maxMemoryRestart",
		"max_restarts", "maxRestarts",
		"min_uptime", "minUptime",
		"restart_delay", "restartDelay",
		"exp_backoff_restart_delay", "expBackoffRestartDelay",
	}
}

// sectionNames are the keys of a file below which apps stand.
func sectionNames() []string { return []string{"apps", "pm2", "static"} }

// prune drops all that rr does not read.
func prune(root value) document {
	pruned := pruneApp(root)
	for _, name := range sectionNames() {
		if section, ok := root.fields[name]; ok {
			pruned.fields[name] = pruneList(section)
		}
	}
	if root.kind == list {
		pruned = pruneList(root)
	}
	return document{root: pruned}
}

func pruneList(v value) value {
	if v.kind != list {
		return pruneApp(v)
	}
	v.list = slices.Clone(v.list)
	for i, item := range v.list {
		v.list[i] = pruneApp(item)
	}
	return v
}

// pruneApp keeps of an object the settings that rr reads, and of those that are
// lists or objects nothing but that.
func pruneApp(v value) value {
	kept := value{kind: v.kind, text: v.text, number: v.number, truth: v.truth, at: v.at}
	if v.kind != object {
		return kept
	}
	kept.fields = settings{}
	for _, name := range settingNames() {
		if setting, ok := v.fields[name]; ok {
			setting.list, setting.fields = nil, nil
			kept.fields[name] = setting
		}
	}
	return kept
}

// apps are the objects that describe apps, where PM2 looks for them.
func (d document) apps() []value {
	found := d.root
	if d.root.fields["apps"].truthy() {
		found = d.root.fields["apps"]
	} else if d.root.fields["pm2"].truthy() {
		found = d.root.fields["pm2"]
	}
	if found.kind == list {
		return found.list
	}
	if found.kind == undefined || found.kind == null || found.kind == object && len(found.fields) == 0 {
		return nil // nothing, as of a module that exports nothing
	}
	return []value{found}
}

// statics are the folders that PM2 would serve by a server of its own.
func (d document) statics() []value { return d.root.fields["static"].list }
