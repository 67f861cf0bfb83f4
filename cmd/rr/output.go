package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"rr/schemas"
)

// outputVersion is that of everything printed with -o json or yaml.
const outputVersion = 1

func printJSON(w io.Writer, result any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)

	return encoder.Encode(result)
}

// printYAML prints what printJSON would, as YAML, so that both have one set of
// names.
func printYAML(w io.Writer, result any) error {
	b, err := json.Marshal(result)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return err
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(numbers(plain)); err != nil {
		return err
	}

	return encoder.Close()
}

// numbers makes whole numbers of json.Number, which YAML would quote.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	}

	return v
}

// paint colours words for a terminal that wants it.
type paint bool

func (m *Main) paint() paint {
	out, isFile := m.Stdout.(*os.File)
	if !isFile || m.Getenv("NO_COLOR") != "" || m.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := out.Stat()

	return paint(err == nil && info.Mode()&os.ModeCharDevice != 0)
}

func (p paint) status(status string) string {
	colors := map[string]string{
		schemas.StatusHealthy: "32", schemas.StatusWarning: "33", schemas.StatusCritical: "31", schemas.StatusUnknown: "35",
	}
	if color := colors[status]; bool(p) && color != "" {
		return "\x1b[" + color + "m" + status + "\x1b[0m"
	}

	return status
}

// columns prints rows under each other, each column as wide as its widest cell.
// Cells may be coloured, so widths are those of what is seen.
func columns(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], visible(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-visible(cell)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

func visible(cell string) int {
	n, escape := 0, false
	for _, r := range cell {
		switch {
		case r == 0x1b:
			escape = true
		case escape:
			escape = r != 'm'
		default:
			n++
		}
	}

	return n
}

// oneLine keeps what came from outside from breaking a table or a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// number prints a number that may be unknown.
func number[T int | int64](n *T) string {
	if n == nil {
		return "unknown"
	}

	return fmt.Sprint(*n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}

	return fmt.Sprintf("%d %s", n, many)
}
