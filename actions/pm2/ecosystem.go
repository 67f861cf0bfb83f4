package pm2

import (
	"context"
	"fmt"
	"strings"

	"rr/internal/ecosystem"
	"rr/internal/pm2"
)

// Files gives the ecosystem files that are configured for a scope, by their
// absolute paths.
type Files func(scope string) []string

// findInFiles finds the first file that has an app of this name. Files in
// JavaScript are evaluated by the node that runs the daemon.
func findInFiles(ctx context.Context, daemon pm2.Peer, home string, files []string, name string) (ecosystem.File, error) {
	reader := &ecosystem.Reader{Node: fmt.Sprintf("/proc/%d/exe", daemon.PID), Home: home}
	var unread []string
	for _, path := range files {
		file, err := reader.Read(ctx, path)
		if err != nil {
			unread = append(unread, err.Error())
			continue
		}
		for _, app := range file.Apps {
			if app.Name != name {
				continue
			}
			if app.Problem != "" {
				return ecosystem.File{}, fmt.Errorf("PM2 would not start %s of %s: %s", name, file.Path, app.Problem)
			}

			return file, nil
		}
	}
	if len(unread) > 0 {
		return ecosystem.File{}, fmt.Errorf("no ecosystem file that can be read names %s: %s", name, strings.Join(unread, "; "))
	}

	return ecosystem.File{}, fmt.Errorf("none of the ecosystem files names %s, of %d", name, len(files))
}
