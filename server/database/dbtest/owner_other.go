//go:build !unix

package dbtest

import "syscall"

// clusterOwner leaves the directory as it is: only Unix has a root to avoid.
func clusterOwner(string) (*syscall.SysProcAttr, error) { return nil, nil }
