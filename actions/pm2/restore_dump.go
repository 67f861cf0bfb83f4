package pm2

import (
	"context"
	"fmt"
	"slices"

	"rr/internal/pm2"
	"rr/schemas"
)

// Dumps finds good copies of what PM2 saved.
type Dumps interface {
	// NewestDump gives the newest backup of a scope's dump.pm2 that is valid and
	// differs from what is there now, and where it is from; nil where there is
	// none.
	NewestDump(ctx context.Context, scope string, current []byte, valid func([]byte) bool) (text []byte, from string, err error)
}

// RestoreDump is pm2.restore_dump: where the dump of a dead daemon is lost, or
// did not bring it back, it puts the newest good one of the backups in its
// place and brings the daemon back from that. A daemon that lives would write
// its own list over it, so under one it is refused.
type RestoreDump struct {
	Homes Homes
	Dumps Dumps // nil where nothing is backed up
}

// Act brings the target back.
func (r RestoreDump) Act(ctx context.Context, a schemas.Action, _ schemas.Snapshot) (string, error) {
	home, config, err := homeOf(r.Homes, a.Target)
	if err != nil {
		return "", err
	}
	if r.Dumps == nil {
		return "", fmt.Errorf("%w: nothing is backed up", schemas.ErrRefused)
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	current, err := pm2.DumpText(home)
	if err != nil {
		return "", fmt.Errorf("%w: %w", schemas.ErrRefused, err)
	}
	text, from, err := r.Dumps.NewestDump(ctx, a.Target.Scope(), current, pm2.StartsApps)
	if err != nil {
		return "", fmt.Errorf("look into backups: %w", err)
	}
	if text == nil {
		return "", fmt.Errorf("%w: no backup holds another dump.pm2 that is good", schemas.ErrRefused)
	}
	dump, err := pm2.ParseDump(text)
	if err != nil {
		return "", err
	}
	note, err := startDead(ctx, home, config.Command, dump, func() error {
		now, err := pm2.DumpText(home)
		if err == nil && !slices.Equal(now, current) {
			err = fmt.Errorf("%w: dump.pm2 has changed since it was looked at", pm2.ErrRefused)
		}
		if err != nil {
			return err
		}
		return pm2.PutDump(home, text)
	})
	if err != nil {
		return "", err
	}

	return "dump.pm2 restored from " + from + "; " + note, nil
}
