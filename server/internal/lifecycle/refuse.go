package lifecycle

import (
	"context"
	"net"
	"time"
)

// How long a try to plug a queue may take.
const (
	plugDial    = 50 * time.Millisecond
	plugArrival = 20 * time.Millisecond
)

// refuse accepts the connections that wait, and leaves a state in which no other can
// come to wait, so that closing the listener resets none that a client has used. It
// returns a function that gives up what it holds. It does what it can for some time.
//
// When a listener closes, the kernel resets the connections that wait to be accepted,
// and there is no call that stops new ones first. But a queue of one place is full
// when a connection of our own stands in it.
func (l *connections) refuse(ctx context.Context, within time.Duration) (release func()) {
	listener, ok := l.Listener.(*net.TCPListener)
	if !ok {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	shorten(listener)
	_ = listener.SetDeadline(time.Unix(1, 0)) // the server takes what is accepted here
	for ctx.Err() == nil {
		if l.acceptLate(ctx, listener) {
			continue
		}
		if plug := l.plug(ctx); plug != nil {
			return func() { _ = plug.Close() }
		}
	}
	return func() {}
}

// acceptLate hands one connection that waits on to the server, and reports whether one
// did.
func (l *connections) acceptLate(ctx context.Context, listener *net.TCPListener) bool {
	_ = listener.SetDeadline(time.Now().Add(time.Millisecond))
	accepted, err := listener.Accept()
	_ = listener.SetDeadline(time.Unix(1, 0))
	if err != nil {
		return false
	}
	select {
	case l.late <- accepted:
	case <-ctx.Done():
		_ = accepted.Close()
	}
	return true
}

// takeLate returns a connection that was accepted by acceptLate.
func (l *connections) takeLate() (net.Conn, error) {
	select {
	case accepted := <-l.late:
		return accepted, nil
	case <-l.end:
		return nil, net.ErrClosed
	}
}

// plug returns a connection that stands in the queue of the listener, or nil if
// another one came first. A connection can look made to its client without standing
// there; then what it sends does not arrive.
func (l *connections) plug(ctx context.Context) net.Conn {
	dialed, err := (&net.Dialer{Timeout: plugDial}).DialContext(ctx, "tcp", l.Listener.Addr().String())
	tcp, ok := dialed.(*net.TCPConn)
	if err != nil || !ok {
		return nil
	}
	_, err = tcp.Write([]byte{'\n'})
	standing := false
	until(ctx, plugArrival, func() bool {
		standing = err == nil && arrived(tcp)
		return standing
	})
	if !standing {
		_ = tcp.Close()
		return nil
	}
	return tcp
}
