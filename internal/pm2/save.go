package pm2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Saved is what Save wrote.
type Saved struct {
	Path     string
	Bytes    int64
	Apps     int
	Vanished []string // apps of which the dump before held more instances; only where that was forced
}

// Save writes the daemon's list to dump.pm2, for Resurrect, as `pm2 save` does:
// without modules, and whatever state the apps are in. It keeps the dump before
// it as dump.pm2.bak, from which PM2 takes what it cannot read in dump.pm2.
//
// Unlike `pm2 save`, which a crash can leave with half a file, there is a whole
// dump.pm2 at every moment, and only its owner may read it, since it holds all
// environments. An empty list is refused. A list with fewer instances of an app
// than the last dump is refused too unless force says that they are gone for
// good. A refusal is an ErrRefused, and nothing was written.
func Save(ctx context.Context, c *Client, force bool) (Saved, error) {
	saved, err := save(ctx, c, force)
	if err != nil {
		return Saved{}, fmt.Errorf("save the list of %s: %w", c.Home, err)
	}
	return saved, nil
}

func save(ctx context.Context, c *Client, force bool) (Saved, error) {
	if err := refuseForeign(c.Home); err != nil {
		return Saved{}, err
	}
	unlock, err := lockHome(ctx, c.Home)
	if err != nil {
		return Saved{}, err
	}
	defer unlock()
	text, err := c.dumpText(ctx)
	if err != nil {
		return Saved{}, err
	}
	now, err := decodeDump(text)
	if err != nil {
		return Saved{}, err
	}
	if len(now) == 0 {
		return Saved{}, fmt.Errorf("%w: PM2 has no apps", ErrRefused)
	}
	before, err := lastDump(c.Home)
	if err != nil {
		return Saved{}, err
	}
	gone := vanished(before.Entries, now)
	if len(gone) > 0 && !force {
		return Saved{}, fmt.Errorf("%w: the last dump has more of %q than PM2 has now", ErrRefused, gone)
	}
	if err := replaceDump(c.Home, before, text); err != nil {
		return Saved{}, err
	}
	return Saved{Path: dumpFile(c.Home), Bytes: int64(len(text)), Apps: len(now), Vanished: gone}, nil
}

// dumpText asks for all processes and gives them as they stand in a dump.
func (c *Client) dumpText(ctx context.Context) ([]byte, error) {
	var text []byte
	err := c.call(ctx, listRequest(), func(result *scanner) error {
		var err error
		text, err = encodeDump(result)
		return err
	})
	return text, err
}

// encodeDump makes a dump of a list: the pm2_env of every process, indented as
// PM2 does it. Like decodeList it takes no list with a hole in it.
func encodeDump(s *scanner) ([]byte, error) {
	out := []byte{'['}
	ok := s.array(func() {
		var env []byte
		s.object(func(key []byte) {
			raw := s.value()
			if string(key) == "pm2_env" {
				env = raw
			}
		})
		entry, module, ok := dumpEntry(env)
		switch {
		case !ok:
			s.bad = true
		case !module:
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, entry...)
		}
	})
	if !ok || s.bad {
		return nil, errMalformed
	}
	var text bytes.Buffer
	if json.Indent(&text, append(out, ']'), "", "  ") != nil {
		return nil, errMalformed // its error would quote what it stumbled over
	}
	return text.Bytes(), nil
}

// dumpEntry copies a pm2_env without what PM2 makes anew at each start.
func dumpEntry(env []byte) (entry []byte, module, ok bool) {
	s := &scanner{b: env}
	entry = append(make([]byte, 0, len(env)), '{')
	end := 0 // of the field before
	ok = s.object(func(key []byte) {
		raw := s.value()
		field := bytes.TrimLeft(env[end:s.i], "{, \t\r\n")
		end = s.i
		switch string(key) {
		case "instances", "pm_id", "prev_restart_delay":
			return
		case "pmx_module":
			module = !falsy(raw)
		}
		if len(entry) > 1 {
			entry = append(entry, ',')
		}
		entry = append(entry, field...)
	})
	return append(entry, '}'), module, ok && !s.bad
}

// lastDump is what PM2 would resurrect now: dump.pm2, or its backup where that
// is missing or unreadable; an empty Dump where both are.
func lastDump(home string) (Dump, error) {
	for _, path := range []string{dumpFile(home), dumpBackup(home)} {
		dump, err := readDumpFile(path)
		if err == nil {
			return dump, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errDump) {
			return Dump{}, err
		}
	}
	return Dump{}, nil
}

// vanished names the apps of which there were more instances before.
func vanished(before, now []DumpEntry) []string {
	fewer := map[string]int{}
	for _, e := range before {
		fewer[e.Name]++
	}
	for _, e := range now {
		fewer[e.Name]--
	}
	var names []string
	for name, n := range fewer {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// PutDump puts another dump in the place of dump.pm2, whole at every moment and
// for its owner alone. What was there is kept as dump.pm2.bak if it is a dump
// with apps. It takes no lock: it is for before a ResurrectDead.
func PutDump(home string, text []byte) error {
	if err := refuseForeign(home); err != nil {
		return err
	}
	if _, err := decodeDump(text); err != nil {
		return err
	}
	before, err := readDumpFile(dumpFile(home))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errDump) {
		return err
	}
	return replaceDump(home, before, text)
}

// replaceDump puts a new dump in place of the one before. A backup that holds
// apps is not given up for a dump without any, or for what is no dump.
func replaceDump(home string, before Dump, text []byte) error {
	path := dumpFile(home)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a plain file", ErrRefused, path)
	}
	if before.Path == path && len(before.Entries) > 0 {
		old, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("keep the dump before: %w", err)
		}
		if err := replaceFile(dumpBackup(home), old); err != nil {
			return fmt.Errorf("keep the dump before: %w", err)
		}
	}
	if err := replaceFile(path, text); err != nil {
		return err
	}
	return syncDir(home)
}

// replaceFile writes a file that is whole at every moment. The name of what it
// writes first is always the same, so that a crash leaves one at most; the lock
// of the home keeps it to one writer.
func replaceFile(path string, text []byte) error {
	next := path + ".rr"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(next) // when it was not renamed
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
