package workflowfile

import (
	"encoding/json"
	"io"
)

// JSONVersion is that of what WriteJSON writes.
const JSONVersion = 1

// WriteJSON writes all that is known of the files:
// {"schema_version": 1, "files": [File…]}.
func WriteJSON(w io.Writer, files []File) error {
	if files == nil {
		files = []File{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)

	return encoder.Encode(struct {
		SchemaVersion int    `json:"schema_version"`
		Files         []File `json:"files"`
	}{JSONVersion, files})
}
