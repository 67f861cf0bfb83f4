package functions

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// maxSource is far more than anyone writes in one file, or a bundler in a
// function. A larger one is measured and not parsed.
const maxSource = 10 << 20

var (
	errNotPlain = errors.New("not a plain file")
	errTooLarge = fmt.Errorf("more than %d MB", maxSource>>20)
)

// readPlain reads a plain file of a bounded size, and does not wait for a
// writer where it meets a pipe.
func readPlain(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotPlain
	}
	if info.Size() > most {
		return nil, errTooLarge
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, errTooLarge
	}

	return content, nil
}

// why is an error without the path that the place already says.
func why(err error) string {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}

	return err.Error()
}
