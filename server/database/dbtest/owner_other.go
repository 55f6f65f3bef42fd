//go:build !unix

package dbtest

import "syscall"

// daemonOwner leaves the directory as it is: only Unix has a root to avoid.
func daemonOwner(string) (*syscall.SysProcAttr, error) { return nil, nil }
