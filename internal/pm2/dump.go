package pm2

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Dump is what `pm2 save` last wrote: the apps that come back after a restart
// of the daemon.
type Dump struct {
	Path    string
	SavedAt time.Time
	Bytes   int64
	Entries []DumpEntry
}

// DumpEntry is one app of a dump. It is made only by ReadDump and carries,
// unseen, the whole object with its environment, for Prepare.
type DumpEntry struct {
	Name        string
	Namespace   string
	Status      string // at the time of saving; a stopped one comes back stopped
	Instance    Int
	ExecMode    string
	ExecPath    string
	CWD         string
	Interpreter string

	// raw is behind a pointer because fmt prints what a field holds, but of a
	// pointer within a struct only the address.
	raw *rawEntry
}

type rawEntry struct {
	object  string // the entry as it stands in the dump
	problem error
}

var errNoEntry = errors.New("not an entry of a dump")

// Problem says why the entry cannot be given to Prepare, nil when it can.
func (e DumpEntry) Problem() error {
	if e.raw == nil {
		return errNoEntry
	}
	return e.raw.problem
}

// ReadDump reads <home>/dump.pm2. It is fs.ErrNotExist when nothing was saved,
// and another error when the file is not what PM2 writes: PM2 itself would
// delete it then and take dump.pm2.bak. Incomplete entries are in the list, and
// say so by Problem.
func ReadDump(home string) (Dump, error) { return readDumpFile(dumpFile(home)) }

// ParseDump reads the text of a dump.
func ParseDump(text []byte) (Dump, error) {
	entries, err := decodeDump(text)
	if err != nil {
		return Dump{}, fmt.Errorf("read dump: %w", err)
	}
	return Dump{Bytes: int64(len(text)), Entries: entries}, nil
}

// StartsApps tells whether a text is a dump that would start something: one of
// at least one app, each with a name.
func StartsApps(text []byte) bool {
	dump, err := ParseDump(text)
	return err == nil && len(dump.Entries) > 0 && !slices.ContainsFunc(dump.Entries, func(e DumpEntry) bool { return e.Name == "" })
}

// DumpText is what is in <home>/dump.pm2, be it a dump or not; nil where
// nothing is.
func DumpText(home string) ([]byte, error) {
	info, err := os.Lstat(dumpFile(home))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxDump) {
		err = fmt.Errorf("%s is not a plain file of at most %d bytes", dumpFile(home), maxDump)
	}
	if err != nil {
		return nil, fmt.Errorf("read dump: %w", err)
	}
	text, err := os.ReadFile(dumpFile(home))
	if err != nil {
		return nil, fmt.Errorf("read dump: %w", err)
	}
	return text, nil
}

// maxDump is far above what a daemon could be started with.
const maxDump = 256 << 20

func readDumpFile(path string) (Dump, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Dump{}, fmt.Errorf("read dump: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxDump {
		return Dump{}, fmt.Errorf("read dump: %s: not a plain file of at most %d bytes", path, maxDump)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return Dump{}, fmt.Errorf("read dump: %w", err)
	}
	entries, err := decodeDump(raw)
	if err != nil {
		return Dump{}, fmt.Errorf("read dump: %s: %w", path, err)
	}
	return Dump{Path: path, SavedAt: info.ModTime().UTC(), Bytes: info.Size(), Entries: entries}, nil
}

var errDump = errors.New("not a JSON array of apps")

func decodeDump(raw []byte) ([]DumpEntry, error) {
	if !json.Valid(raw) {
		return nil, errDump
	}
	entries := []DumpEntry{}
	s := &scanner{b: raw}
	if ok := s.array(func() { entries = append(entries, decodeEntry(s.value())) }); !ok || s.bad {
		return nil, errDump
	}
	return entries, nil
}

func decodeEntry(raw []byte) DumpEntry {
	e := DumpEntry{raw: &rawEntry{object: string(raw)}}
	var app App
	decodeEnv(&scanner{b: raw}, &app)
	e.Namespace, e.Status, e.Instance = app.Namespace, app.Status, app.Instance
	e.ExecMode, e.ExecPath, e.CWD, e.Interpreter = app.ExecMode, app.ExecPath, app.CWD, app.Interpreter
	e.raw.problem = checkEntry(raw, &e)
	return e
}
