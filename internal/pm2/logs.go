package pm2

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// logRotateName is the module of PM2 that keeps logs from filling the disk.
const logRotateName = "pm2-logrotate"

// LogRotate finds the module that rotates logs in a list; false when PM2 does
// not know it. It rotates only while its Status is online.
func LogRotate(apps []App) (App, bool) {
	for _, app := range apps {
		if app.Module.B && app.Name == logRotateName {
			return app, true
		}
	}
	return App{}, false
}

// FileFacts gives the size of a file and how many bytes an ordinary user may
// still write where it is. Of what is no plain file, such as /dev/null, it
// gives an error, and fs.ErrNotExist of what is not there. On a dead network
// disk it may take for ever.
func FileFacts(path string) (size, freeBytes int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, fmt.Errorf("file facts: %w", err)
	}
	if !info.Mode().IsRegular() {
		return 0, 0, fmt.Errorf("file facts: %s: not a plain file", path)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Clean(path), &disk); err != nil {
		return 0, 0, fmt.Errorf("file facts: %s: %w", path, err)
	}
	return info.Size(), int64(disk.Bavail) * disk.Frsize, nil
}
