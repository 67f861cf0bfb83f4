package workflowfile

import (
	"fmt"
	"io"
	"strings"
)

// WriteGitHub writes each problem as a workflow command, which GitHub shows at
// its line when a workflow prints it.
func WriteGitHub(w io.Writer, files []File) error {
	for _, f := range files {
		for _, p := range f.Problems {
			command := "warning"
			if p.Fatal {
				command = "error"
			}
			at := "file=" + commandProperty(f.Path)
			if p.Line > 0 {
				at += fmt.Sprintf(",line=%d,col=%d", p.Line, max(p.Column, 1))
			}
			if _, err := fmt.Fprintf(w, "::%s %s,title=%s::%s\n", command, at, commandProperty(p.Kind), commandData(p.Message)); err != nil {
				return err
			}
		}
	}

	return nil
}

// commandData and commandProperty escape as the runner unescapes.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}
