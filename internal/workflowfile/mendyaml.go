package workflowfile

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mendTrue writes on for the key true of a file that has no on.
func mendTrue(src []byte) [][]byte {
	doc, problem := parseDocument(src)
	if problem != nil {
		return nil
	}
	key := doc.trueKey()
	if key == nil || key.Column != 1 {
		return nil
	}
	lines := splitLines(src)
	if slices.ContainsFunc(lines, oddlyBroken) {
		return nil
	}
	line := lines[key.Line-1]
	for _, written := range []string{key.Value, `"` + key.Value + `"`, "'" + key.Value + "'"} {
		if rest, found := strings.CutPrefix(line, written); found {
			lines[key.Line-1] = "on" + rest
			return [][]byte{joinLines(lines)}
		}
	}

	return nil
}

// scopes are what permissions may be about.
func scopes() []string {
	return []string{
		"actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "models", "packages",
		"pages", "pull-requests", "repository-projects", "security-events", "statuses",
	}
}

// mendPermissions writes the line that is missing between concurrency and the
// permissions that fell under it. They must be its last keys, and the file must
// have no others.
func mendPermissions(src []byte) [][]byte {
	doc, problem := parseDocument(src)
	if problem != nil {
		return nil
	}
	_, concurrency := key(doc.root, "concurrency")
	if own, _ := key(doc.root, "permissions"); own != nil || concurrency == nil || concurrency.Kind != yaml.MappingNode || concurrency.Style&yaml.FlowStyle != 0 {
		return nil
	}
	first := 0
	for i := 0; i+1 < len(concurrency.Content); i += 2 {
		switch is := permission(concurrency.Content[i], concurrency.Content[i+1]); {
		case is && first == 0 && i > 0:
			first = i
		case !is && first > 0, is && i == 0:
			return nil
		}
	}
	if first == 0 {
		return nil
	}
	lines := splitLines(src)
	if slices.ContainsFunc(lines, oddlyBroken) {
		return nil
	}
	at := concurrency.Content[first].Line - 1

	return [][]byte{joinLines(slices.Insert(lines, at, "permissions:"+lineEnd(src)))}
}

func permission(key, value *yaml.Node) bool {
	return slices.Contains(scopes(), key.Value) && slices.Contains([]string{"read", "write", "none"}, value.Value)
}
