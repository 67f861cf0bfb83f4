package workflowfile

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes one line for each problem, FILE:LINE:COL: message, which says
// whether it is an error (fatal) or a warning, and its kind. A position that is
// not known is left out.
func WriteText(w io.Writer, files []File) error {
	for _, f := range files {
		for _, p := range f.Problems {
			at := plain(f.Path)
			if p.Line > 0 {
				at += fmt.Sprintf(":%d:%d", p.Line, max(p.Column, 1))
			}
			level := "warning: "
			if p.Fatal {
				level = "error: "
			}
			if _, err := fmt.Fprintf(w, "%s: %s%s [%s]\n", at, level, plain(p.Message), p.Kind); err != nil {
				return err
			}
		}
	}

	return nil
}

// plain keeps what a file says from breaking a line or a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}
