package ecosystem

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// find looks for a script as PM2 does: in the working folder, then as a command.
func find(cwd, script string) (path string, command bool, problem string) {
	if script == "" {
		return "", false, "it has no script"
	}
	if script == "serve" {
		return script, false, "" // PM2's own file server
	}
	path = resolve(cwd, script)
	if _, err := os.Stat(path); err == nil {
		return path, false, ""
	}
	if !strings.Contains(script, "/") {
		if program, err := exec.LookPath(script); err == nil {
			return program, true, ""
		}
	}
	return path, false, "its script is not there: " + path
}

// interpreter is the one named, else the one that PM2 takes for such a script.
func interpreter(named, script string) (name, problem string) {
	name = named
	if name == "" {
		name = usualInterpreter(script)
	}
	switch {
	case name == "none", name == "node", name == "lsc", name == "coffee", strings.Contains(name, "node@"):
		return name, ""
	case filepath.IsAbs(name):
		if _, err := os.Stat(name); err == nil {
			return name, ""
		}
	default:
		if _, err := exec.LookPath(name); err == nil || strings.Contains(name, "/") {
			return name, ""
		}
	}
	return name, "its interpreter is not there: " + name
}

func usualInterpreter(script string) string {
	switch filepath.Ext(script) {
	case ".sh":
		return "bash"
	case ".py":
		if _, err := exec.LookPath("python"); err != nil {
			return "python3"
		}
		return "python"
	case ".rb":
		return "ruby"
	case ".php":
		return "php"
	case ".pl":
		return "perl"
	case ".coffee":
		return "coffee"
	case ".ls":
		return "lsc"
	case ".ts", ".tsx":
		if _, err := exec.LookPath("bun"); err == nil {
			return "bun"
		}
		return "node"
	case ".js":
		return "node"
	}
	if binary(script) {
		return "none"
	}
	return "node"
}

// binary says whether a file is a program that needs no interpreter, by a zero
// among its first bytes.
func binary(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 512))
	return err == nil && bytes.IndexByte(head, 0) >= 0
}
