package pm2

import (
	"context"

	"rr/internal/pm2"
	"rr/schemas"
)

// commandVersion is the version of the pm2 command as it was last read.
type commandVersion struct {
	path    string // as configured
	version string // empty where it could not be told
	bootMS  int64  // 0 where it was not read yet
}

// commandMS is how long a version is believed. It changes when somebody
// installs another PM2.
const commandMS = minuteMS

// skew tells whether the pm2 command and the daemon are of two versions, as
// they are from an update of PM2 to the next `pm2 update`. The command is not
// run.
func (c *Collector) skew(ctx context.Context, l *look, d *schemas.Daemon) {
	if c.command.bootMS == 0 || c.command.path != l.config.Command || l.bootMS-c.command.bootMS >= commandMS {
		version, err := pm2.CLI{Home: c.Home, Path: l.config.Command}.Version(ctx)
		if err != nil {
			version = "" // there may be none, or one that does not tell
		}
		c.command = commandVersion{path: l.config.Command, version: version, bootMS: l.bootMS}
	}
	d.CommandVersion = c.command.version
	if d.Version == "" || d.CommandVersion == "" {
		return
	}
	d.VersionSkew = yesNo(pm2.Bool{B: d.Version != d.CommandVersion, Known: true})
}
