package workflowfile

import (
	"fmt"
	"path"
	"strings"
)

// Missing tells of the local actions and reusable workflows that a file uses
// and that its repository does not have. A path given to exists is slash
// separated and relative to the top of the repository. The problems are
// warnings: a job may check out another repository, or make the action itself.
func Missing(f File, exists func(path string) bool) []Problem {
	problems := []Problem{}
	for _, use := range f.Uses {
		if message := missing(use, exists); message != "" {
			problems = append(problems, Problem{Line: use.Line, Column: use.Column, Kind: KindMissing, Message: message})
		}
	}

	return problems
}

func missing(use Use, exists func(path string) bool) string {
	at := path.Clean(use.Path)
	switch {
	case at == ".." || strings.HasPrefix(at, "../"):
		return fmt.Sprintf("%q leads out of the repository", use.Path)
	case use.Workflow && !exists(at):
		return fmt.Sprintf("there is no reusable workflow %s in this repository", at)
	case use.Workflow:
		return ""
	}
	for _, name := range []string{"action.yml", "action.yaml", "Dockerfile"} {
		if exists(path.Join(at, name)) {
			return ""
		}
	}

	return fmt.Sprintf("there is no action %s in this repository: no action.yml, action.yaml or Dockerfile", at)
}
