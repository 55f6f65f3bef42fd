//go:build !linux

package lifecycle

import "net"

// refuseConnections does nothing: only Linux has a way.
func refuseConnections(net.Listener) bool { return false }

// waitingConnections returns 0: only Linux tells.
func waitingConnections(net.Listener) int { return 0 }

// unread returns false: only on Linux it is asked.
func unread(*net.TCPConn) bool { return false }

// Connections returns how many connections a process should have at once.
func Connections() int { return 4096 }
