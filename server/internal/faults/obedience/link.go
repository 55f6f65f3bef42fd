package obedience

import (
	"net"
	"sync"
	"time"
)

// Link is a way to a server that can be delayed and cut. It is safe for concurrent use.
type Link struct {
	listener net.Listener
	upstream string

	mu    sync.Mutex
	cut   bool
	delay time.Duration // of every packet
	conns map[net.Conn]bool
}

// NewLink returns a link to an address, which listens until Close.
func NewLink(upstream string) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{listener: listener, upstream: upstream, conns: map[net.Conn]bool{}}
	go l.serve()
	return l, nil
}

// Address is where the link listens.
func (l *Link) Address() string { return l.listener.Addr().String() }

// Close ends the link.
func (l *Link) Close() error {
	l.Cut(true)
	return l.listener.Close()
}

// Cut ends all connections and makes no others, until it is called with false.
func (l *Link) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for conn := range l.conns {
		if cut {
			_ = conn.Close()
		}
	}
}

// Delay holds every packet back for so long, in both directions.
func (l *Link) Delay(delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = delay
}

func (l *Link) serve() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		go l.join(conn)
	}
}

// join connects one connection to the server.
func (l *Link) join(conn net.Conn) {
	other, err := net.Dial("tcp", l.upstream)
	if err != nil {
		_ = conn.Close()
		return
	}
	if !l.add(conn, other) {
		_, _ = conn.Close(), other.Close()
		return
	}
	go l.copy(other, conn)
	l.copy(conn, other)
}

// add reports whether the link is not cut.
func (l *Link) add(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		l.conns[conn] = true
	}
	return !l.cut
}

// copy passes on what comes from one side, and closes both when it ends.
func (l *Link) copy(to, from net.Conn) {
	defer l.drop(to, from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		delay := l.delay
		l.mu.Unlock()
		time.Sleep(delay)
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *Link) drop(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(l.conns, conn)
	}
}
