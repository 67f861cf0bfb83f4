package functions

import (
	"debug/elf"
	"os"

	"golang.org/x/sys/unix"
)

// binaryRuntime tells by its content whether a file is a program that Netlify
// takes for a function: built for Linux on x86-64 by Go (go) or Rust (rs). It is
// empty for anything else.
func binaryRuntime(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	program, err := elf.NewFile(f)
	if err != nil || program.Machine != elf.EM_X86_64 {
		return ""
	}
	if program.Section(".note.go.buildid") != nil {
		return "go"
	}
	symbols, err := program.Symbols()
	if err != nil {
		return ""
	}
	for _, symbol := range symbols {
		if symbol.Name == "rust_eh_personality" {
			return "rs"
		}
	}

	return ""
}
