package readiness

import (
	"errors"
	"fmt"
	"os"
)

// room is how many bytes must fit beside a SQLite file. A small write alone proves
// little on a full disk: it may find its place in the write-ahead log, where the next
// room does not.
const room = 256 << 10

// hasRoom returns an error if a file of that size cannot be written in a directory.
func hasRoom(dir string) error {
	file, err := os.CreateTemp(dir, ".anteroom-room-")
	if err != nil {
		return fmt.Errorf("writing beside the database file: %w", reason(err))
	}
	_, err = file.Write(make([]byte, room))
	if err := errors.Join(err, file.Close(), os.Remove(file.Name())); err != nil {
		return fmt.Errorf("writing beside the database file: %w", reason(err))
	}
	return nil
}

// reason returns what went wrong without the path, which changes each time.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
