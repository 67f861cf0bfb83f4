package pm2

import (
	"errors"
	"fmt"
)

// checkEntry says what of a dump entry would end the daemon that it is given
// to, or would start something else than what was saved. What is asked for was
// found by leaving out and spoiling one field after another on PM2 5, 6 and 7:
// a missing env or pm_pid_path, a log path that is no string, a cron_restart
// that is no schedule, a watch that is no list of paths, and instances (which a
// dump has only when an app has a variable of that name) end the daemon;
// without a name, a path or an interpreter it starts a process that nobody can
// name or that never runs; with a pm_id of its own, one that nobody can delete.
func checkEntry(raw []byte, e *DumpEntry) error {
	fields := map[string][]byte{}
	s := &scanner{b: raw}
	object := s.object(func(key []byte) {
		value := s.value() // before the key is used up
		fields[string(key)] = value
	})
	if !object || s.bad {
		return errors.New("dump entry: not an object")
	}
	e.Name = stringValue(fields["name"])
	for _, need := range entryNeeds() {
		if err := need.check(fields[need.key]); err != nil {
			return err
		}
	}
	switch {
	case e.ExecMode == "":
		return errors.New("dump entry: exec_mode is neither fork_mode nor cluster_mode")
	case !validCron(fields["cron_restart"]):
		return errors.New("dump entry: cron_restart is not a schedule that rr is sure of")
	case !validWatch(fields["watch"]):
		return errors.New("dump entry: watch is neither yes or no nor a list of paths")
	}
	for _, key := range []string{"instances", "pm_id"} {
		if fields[key] != nil {
			return fmt.Errorf("dump entry: %s, which PM2 does not save", key)
		}
	}
	return nil
}

// need is a field that an entry must have, or may have, of this kind.
type need struct {
	key      string
	kind     byte
	optional bool
}

func (n need) check(value []byte) error {
	switch kind := kindOf(value); {
	case kind == n.kind, n.optional && value == nil:
		return nil
	case kind == kindNone:
		return fmt.Errorf("dump entry: no %s", n.key)
	}
	return fmt.Errorf("dump entry: %s is of the wrong kind", n.key)
}

// The kinds of JSON values.
const (
	kindNone   = 0
	kindString = 's'
	kindObject = 'o'
	kindArray  = 'a'
	kindOther  = '?' // a number, true, false or null
)

func entryNeeds() []need {
	return []need{
		{key: "name", kind: kindString},
		{key: "pm_exec_path", kind: kindString},
		{key: "pm_cwd", kind: kindString},
		{key: "exec_interpreter", kind: kindString},
		{key: "exec_mode", kind: kindString},
		{key: "env", kind: kindObject},
		{key: "pm_out_log_path", kind: kindString},
		{key: "pm_err_log_path", kind: kindString},
		{key: "pm_pid_path", kind: kindString},
		{key: "pm_log_path", kind: kindString, optional: true},
		{key: "args", kind: kindArray, optional: true},
		{key: "node_args", kind: kindArray, optional: true},
	}
}

// kindOf tells the kind of a value; an empty string counts as none, since PM2
// does with it what it does without.
func kindOf(value []byte) byte {
	if len(value) == 0 {
		return kindNone
	}
	switch value[0] {
	case '"':
		if len(value) == 2 {
			return kindNone
		}
		return kindString
	case '{':
		return kindObject
	case '[':
		return kindArray
	}
	return kindOther
}

// falsy tells what JavaScript takes for no.
func falsy(value []byte) bool {
	switch string(value) {
	case "", "null", "false", "0", `""`:
		return true
	}
	return false
}

// validWatch takes yes, no, one path or a list of paths.
func validWatch(value []byte) bool {
	if falsy(value) || string(value) == "true" || kindOf(value) == kindString {
		return true
	}
	valid := true
	s := &scanner{b: value}
	list := s.array(func() { valid = kindOf(s.value()) == kindString && valid })
	return list && valid && !s.bad
}
