package lifecycle

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// shorten has the kernel keep one connection at most waiting for the listener. While
// one does, it drops what begins another: whoever tries does so again after a second.
func shorten(listener *net.TCPListener) {
	control(listener, func(fd int) { _ = unix.Listen(fd, 0) })
}

// arrived reports whether the kernel at the other end has taken all that was written
// to a connection: it waits to be accepted there, or is.
func arrived(conn *net.TCPConn) (all bool) {
	control(conn, func(fd int) {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		all = err == nil && info.Unacked == 0 && info.Notsent_bytes == 0
	})
	return all
}

// unread reports whether a connection has received what was not read yet.
func unread(conn *net.TCPConn) (some bool) {
	control(conn, func(fd int) {
		n, err := unix.IoctlGetInt(fd, unix.SIOCINQ)
		some = err == nil && n > 0
	})
	return some
}

// Connections returns how many connections a process should have at once: at most
// 4,096, and fewer than it may have files, so that databases can always be reached.
func Connections() int {
	const most, others = 4096, 128
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) != nil || files.Cur > most+others {
		return most
	}
	return max(int(files.Cur)-others, int(files.Cur)/2, 1)
}

// control runs work on a socket that is open.
func control(socket syscall.Conn, work func(fd int)) {
	if raw, err := socket.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { work(int(fd)) })
	}
}
