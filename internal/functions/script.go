package functions

import (
	"errors"
	"fmt"

	"github.com/evanw/esbuild/pkg/api"
)

// CheckScript tells where a source is no JavaScript: its line and column, from
// 1. It does not say why, since that might quote the source.
func CheckScript(source []byte) error {
	if tooDeep(source) {
		return nil // nobody can tell
	}
	result := api.Transform(string(source), api.TransformOptions{Loader: api.LoaderJS, Target: api.ESNext, LogLevel: api.LogLevelSilent})
	for _, m := range result.Errors {
		if m.Location != nil {
			return fmt.Errorf("%d:%d: it is no JavaScript", m.Location.Line, m.Location.Column+1)
		}
	}
	if len(result.Errors) > 0 {
		return errors.New("it is no JavaScript")
	}

	return nil
}
