//go:build unix

package dbtest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// daemonOwner gives the directory to the user that a daemon runs as:
// ourselves, or another if we are root, as whom PostgreSQL refuses to run.
func daemonOwner(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // an interrupt from the terminal is for the tests
	if os.Geteuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, os.Chown(dir, uid, gid)
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no other user")
}
