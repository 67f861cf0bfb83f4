package schemas

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// ID names a subject: system/scope/kind/name[#instance], as in
// pm2/local/process/api or pm2/local/process/api#1. Instance 0 has the bare
// name. The scope is the name of an entry in the configuration.
type ID string

// NewID builds an ID. What would make it ambiguous in name (%, #, white space,
// control characters) is percent-encoded.
func NewID(system, scope, kind, name string, instance int) ID {
	id := system + "/" + scope + "/" + kind + "/" + escapeName(name)
	if instance > 0 {
		id += "#" + strconv.Itoa(instance)
	}

	return ID(id)
}

// ParseID checks that s is an ID and returns it.
func ParseID(s string) (ID, error) {
	parts := strings.SplitN(s, "/", 4)
	if len(parts) != 4 {
		return "", fmt.Errorf("id %q: want system/scope/kind/name, as in pm2/local/process/api", s)
	}
	for _, part := range parts {
		if part == "" || strings.ContainsAny(part, " \t\r\n") {
			return "", fmt.Errorf("id %q: want system/scope/kind/name, no part empty, no white space", s)
		}
	}

	return ID(s), nil
}

// System is the first part: pm2, github, netlify, …
func (id ID) System() string { return id.part(0) }

// Scope is the second part: the name of an entry in the configuration.
func (id ID) Scope() string { return id.part(1) }

// Kind is the kind of thing, as policies are filed: pm2/process.
func (id ID) Kind() string { return id.part(0) + "/" + id.part(2) }

// Source is the key of the source that tells about this subject:
// pm2/local/process.
func (id ID) Source() string { return id.part(0) + "/" + id.part(1) + "/" + id.part(2) }

// Name is the name without the instance, decoded.
func (id ID) Name() string {
	name, _, _ := strings.Cut(id.part(3), "#")
	decoded, err := url.PathUnescape(name)
	if err != nil {
		return name
	}

	return decoded
}

// Instance is the number after #, 0 where there is none.
func (id ID) Instance() int {
	_, number, _ := strings.Cut(id.part(3), "#")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}

	return n
}

func (id ID) part(n int) string {
	parts := strings.SplitN(string(id), "/", 4)
	if n >= len(parts) {
		return ""
	}

	return parts[n]
}

func escapeName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r <= ' ' || r == '%' || r == '#' || r == 0x7f {
			fmt.Fprintf(&b, "%%%02X", r)
			continue
		}
		b.WriteRune(r)
	}

	return b.String()
}
