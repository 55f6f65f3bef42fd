//go:build !linux

package lifecycle

import "net"

// shorten does nothing: only Linux has a way.
func shorten(*net.TCPListener) {}

// arrived returns false: only on Linux it is asked.
func arrived(*net.TCPConn) bool { return false }

// unread returns false: only on Linux it is asked.
func unread(*net.TCPConn) bool { return false }

// Connections returns how many connections a process should have at once.
func Connections() int { return 4096 }
