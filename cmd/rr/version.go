package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"rr/schemas"
)

// release is the version that `make build` stamps in.
var release string

// version is the release, else the commit that rr was built from.
func version() string {
	if release != "" {
		return release
	}
	if info, found := debug.ReadBuildInfo(); found {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				return "dev-" + setting.Value[:12]
			}
		}
	}

	return "dev"
}

type versionResult struct {
	SchemaVersion int    `json:"schema_version"`
	Version       string `json:"version"`
	Go            string `json:"go"`
	Platform      string `json:"platform"`
	Contract      int    `json:"contract"` // of policies
	Snapshot      int    `json:"snapshot"`
}

func (m *Main) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "say which rr this is", Flags: []cli.Flag{outputFlag()},
		Action: func(c *cli.Context) error {
			result := versionResult{
				SchemaVersion: outputVersion, Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
				Contract: schemas.ContractVersion, Snapshot: schemas.SnapshotVersion,
			}

			return m.print(c, result, func(w io.Writer) {
				fmt.Fprintf(w, "rr %s (%s, %s), policy contract %d\n", result.Version, result.Go, result.Platform, result.Contract)
			})
		},
	}
}
