package lifecycle

import (
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// connections is a listener that knows its connections, and bounds them.
type connections struct {
	net.Listener
	most int

	mu     sync.Mutex
	fewer  *sync.Cond // a connection became idle, or one or the listener was closed
	open   map[*conn]bool
	last   *conn // that was accepted
	closed bool
}

// conn is a connection of which is known whether a request has begun on it.
type conn struct {
	*net.TCPConn
	of *connections

	mu      sync.Mutex
	busy    bool // bytes of a request were read, and it is not answered
	active  bool // its header was read as well: the http.Server will not close it when it stops
	used    bool // a request came on it, at some time
	retired bool
	since   time.Time // when it was made or became idle
}

func watch(listener net.Listener, most int) *connections {
	l := &connections{Listener: listener, most: most, open: map[*conn]bool{}}
	l.fewer = sync.NewCond(&l.mu)
	return l
}

// Accept implements net.Listener. It waits while there are as many connections as
// there may be, after it has made an end to those that are idle for the longest time.
func (l *connections) Accept() (net.Conn, error) {
	l.makeRoom()
	accepted, err := l.Listener.Accept()
	tcp, ok := accepted.(*net.TCPConn)
	if err != nil || !ok {
		return accepted, err
	}
	c := &conn{TCPConn: tcp, of: l, since: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c], l.last = true, c
	return c, nil
}

// Close implements net.Listener.
func (l *connections) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.fewer.Broadcast()
	return l.Listener.Close()
}

// makeRoom waits until there may be one more connection. It makes an end to some that
// are idle, and to no more of them while those have not gone.
func (l *connections) makeRoom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.open) >= l.most && !l.closed {
		if l.staying() >= l.most {
			for _, c := range l.idlest(1 + l.most/8) {
				c.retire(linger / 10)
			}
		}
		l.fewer.Wait()
	}
}

// staying returns how many connections are open and not on their way out.
func (l *connections) staying() (n int) {
	for c := range l.open {
		if !c.isRetired() {
			n++
		}
	}
	return n
}

// headStart is how much longer a connection may be idle on which a request came: the
// next one may be on its way, and not every client sends it again.
const headStart = time.Second

// idlest returns connections that are idle, those first that are so for the longest
// time, with the head start of those that were used. The last one that came has not
// had its turn yet.
func (l *connections) idlest(most int) []*conn {
	var idle []*conn
	since := map[*conn]time.Time{}
	for c := range l.open {
		if at, used, ok := c.idle(); ok && (used || c != l.last) {
			if used {
				at = at.Add(headStart)
			}
			idle, since[c] = append(idle, c), at
		}
	}
	slices.SortFunc(idle, func(a, b *conn) int { return since[a].Compare(since[b]) })
	return idle[:min(most, len(idle))]
}

// retireIdle makes an end to every connection that has been idle for some time, and
// reports whether a request is being answered on all that are open.
func (l *connections) retireIdle(idle, within time.Duration) (allActive bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	allActive = true
	for c := range l.open {
		if since, _, _ := c.idle(); time.Since(since) >= idle {
			c.retire(within)
		}
		allActive = allActive && c.isActive()
	}
	return allActive
}

// note is the hook of the server for what becomes of connections.
func (l *connections) note(accepted net.Conn, state http.ConnState) {
	c, ok := accepted.(*conn)
	if !ok {
		return
	}
	switch state {
	case http.StateActive:
		c.become(true)
	case http.StateIdle:
		c.become(false)
		l.mu.Lock() // whoever waits for room has either seen it, or is woken
		defer l.mu.Unlock()
		l.fewer.Broadcast()
	}
}

func (c *conn) become(active bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active, c.busy, c.since = active, active, time.Now()
}

// idle reports whether a connection is, since when, and whether it ever was not.
func (c *conn) idle() (since time.Time, used, idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since, c.used, !c.busy && !c.retired
}

func (c *conn) isRetired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.retired
}

func (c *conn) isActive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active
}

// retire half-closes a connection unless a request has begun on it, and reports
// whether it did. What comes afterwards is read and not handed on: the client sees
// the end of the connection, and can tell that its request was not answered. It has
// some time to close it.
func (c *conn) retire(within time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || c.retired || unread(c.TCPConn) {
		return false
	}
	c.retired = true
	_ = c.CloseWrite() // an error means that it is closed already
	_ = c.SetReadDeadline(time.Now().Add(within))
	return true
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.TCPConn.Read(p)
		if c.begin(n) {
			return n, err
		}
		if err != nil {
			return 0, io.EOF
		}
	}
}

// begin notes that bytes of a request were read, and reports whether they are to be
// handed on.
func (c *conn) begin(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired {
		return false
	}
	c.busy, c.used = c.busy || n > 0, c.used || n > 0
	return true
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	c.of.fewer.Broadcast()
	return c.TCPConn.Close()
}
