//go:build unix

package filelock

import (
	"os"
	"syscall"
)

// giveToOwnerOf gives file to the owner of the file named like, if we are root.
func giveToOwnerOf(like string, file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return file.Chown(int(stat.Uid), int(stat.Gid))
	}
	return nil
}
