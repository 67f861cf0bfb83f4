package main

import (
	"os"
	"path/filepath"

	"rr/internal/atomicfile"
	"rr/runner"
	"rr/runner/config"
)

// configured is a collector that takes another configuration.
type configured interface {
	runner.Collector
	configure(loaded config.Loaded)
}

// kept are collectors by what they cannot change while they are kept.
type kept map[string]configured

// keep returns the collector that is in use under a key, or a new one that
// nothing uses yet, and notes it.
func (w *wiring) keep(use kept, key string, fresh func() configured) configured {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.kept[key]; known != nil {
		use[key] = known
	} else {
		use[key] = fresh()
	}

	return use[key]
}

// memory is a file of the state directory, in which a collector remembers. Only
// an rr that holds the state writes it.
func (w *wiring) memory(name string) memoryFile { return memoryFile{w: w, name: name} }

type memoryFile struct {
	w    *wiring
	name string
}

// Load reads what was remembered.
func (f memoryFile) Load() ([]byte, error) { return os.ReadFile(filepath.Join(f.w.state, f.name)) }

// Save remembers.
func (f memoryFile) Save(text []byte) error {
	if !f.w.holds {
		return nil
	}
	root, err := os.OpenRoot(f.w.state)
	if err != nil {
		return err
	}
	defer root.Close()

	return atomicfile.Write(root, f.name, text, 0o600)
}
