package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

// Each script asks rr itself, with the flag that urfave/cli answers to.
const (
	bashCompletion = `_rr() {
  local cur words
  cur="${COMP_WORDS[COMP_CWORD]}"
  words=("${COMP_WORDS[@]:0:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$("${words[@]}" --generate-bash-completion 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _rr rr
`
	zshCompletion = `#compdef rr
_rr() {
  local -a options
  options=("${(@f)$("${(@)words[1,CURRENT-1]}" --generate-bash-completion 2>/dev/null)}")
  compadd -- $options
}
compdef _rr rr
`
	fishCompletion = `complete -c rr -f -a '(set -l words (commandline -opc); $words --generate-bash-completion 2>/dev/null)'
`
)

func (m *Main) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a completion script for bash, zsh or fish", ArgsUsage: "SHELL",
		Action: func(c *cli.Context) error {
			scripts := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
			script, known := scripts[c.Args().First()]
			if !known || c.NArg() != 1 {
				return usagef("completion: want one of bash, zsh, fish")
			}
			_, err := fmt.Fprint(m.Stdout, script)

			return err
		},
	}
}
