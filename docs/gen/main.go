// Command gen writes docs/policy-reference.md.
package main

import (
	"fmt"
	"os"

	"rr/docs"
)

func main() {
	text, err := docs.PolicyReference()
	if err == nil {
		err = os.WriteFile("policy-reference.md", text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
