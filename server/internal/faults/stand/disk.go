//go:build linux

package stand

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// The requests and the flag of ioctl_iflags(2).
const (
	getFlags      = 0x80086601
	setFlags      = 0x40086602
	immutableFlag = 0x10
)

// Immutable sets or clears the attribute of a file by which it cannot be written,
// also by root and through descriptors that are open. It needs root, and a file
// system such as ext4 or XFS.
func Immutable(path string, on bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var flags uint64
	if err := ioctl(file, getFlags, &flags); err != nil {
		return fmt.Errorf("reading the attributes of %s: %w", path, err)
	}
	flags &^= immutableFlag
	if on {
		flags |= immutableFlag
	}
	if err := ioctl(file, setFlags, &flags); err != nil {
		return fmt.Errorf("making %s immutable (as root, on ext4 or XFS): %w", path, err)
	}
	return nil
}

func ioctl(file *os.File, request uintptr, value *uint64) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(unsafe.Pointer(value)))
	if errno != 0 {
		return errno
	}
	return nil
}
