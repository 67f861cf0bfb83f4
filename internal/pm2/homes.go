package pm2

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Homes finds the PM2 homes of this host on whose socket a daemon listens, by
// the kernel's list of sockets. A daemon in another network namespace, as of a
// container, is not among them.
func Homes() ([]string, error) {
	file, err := os.Open("/proc/net/unix")
	if err != nil {
		return nil, err
	}
	defer file.Close()

	return listening(file)
}

// listening reads the kernel's list of unix sockets: eight columns, the path
// last. The flag 00010000 says that somebody listens.
func listening(list io.Reader) ([]string, error) {
	var homes []string
	scanner := bufio.NewScanner(list)
	for scanner.Scan() {
		fields := strings.Fields(scanner.Text())
		if len(fields) < 8 || fields[3] != "00010000" {
			continue
		}
		path := strings.Join(fields[7:], " ")
		if filepath.Base(path) == "rpc.sock" && filepath.IsAbs(path) {
			homes = append(homes, filepath.Dir(path))
		}
	}
	slices.Sort(homes)

	return slices.Compact(homes), scanner.Err()
}
