package lifecycle

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// refuseConnections has the kernel refuse new connections to the listener, while those
// that are being made are completed and wait to be accepted. When a listener closes,
// the kernel resets those, and there is no call that stops new ones first. But a
// listener that is bound to an interface is found from there alone, and there is none
// of this number. It needs Linux 5.7, or else the right to use raw sockets; without
// that nothing changes, and it returns false.
func refuseConnections(listener net.Listener) (done bool) {
	const nowhere = 1<<31 - 1
	if tcp, ok := listener.(*net.TCPListener); ok {
		control(tcp, func(fd int) {
			done = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, nowhere) == nil
		})
	}
	return done
}

// waitingConnections returns how many connections wait to be accepted.
func waitingConnections(listener net.Listener) (n int) {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return 0
	}
	control(tcp, func(fd int) {
		if info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = int(info.Unacked) // of a listener: the length of its queue
		}
	})
	return n
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
