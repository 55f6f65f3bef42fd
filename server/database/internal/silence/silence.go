// Package silence ends connections on which the other side has fallen silent.
package silence

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection on which no single Read or Write waits for longer than a limit. Once one has, all others
// fail as well. A deadline that is set counts if it is earlier.
type Conn struct {
	net.Conn
	limit    atomic.Int64 // a time.Duration; zero is none
	silent   func()       // called when the limit ended a Read or a Write
	over     atomic.Bool  // the limit has ended one
	mu       sync.Mutex   // held while a deadline is set below
	deadline [2]time.Time // as it was set from above, of Read and of Write
}

// The indices of Conn.deadline.
const (
	reading = iota
	writing
)

// New returns conn with a limit. Silent is called when the limit has ended a Read or a Write.
func New(conn net.Conn, limit time.Duration, silent func()) *Conn {
	c := &Conn{Conn: conn, silent: silent}
	c.Limit(limit)
	return c
}

// Limit sets the limit, for what begins afterwards; zero means none.
func (c *Conn) Limit(limit time.Duration) { c.limit.Store(int64(limit)) }

// Read implements [net.Conn].
func (c *Conn) Read(b []byte) (int, error) {
	limited, err := c.arm(reading, c.Conn.SetReadDeadline)
	if err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(b)
	return n, c.judge(reading, limited, err)
}

// Write implements [net.Conn].
func (c *Conn) Write(b []byte) (int, error) {
	limited, err := c.arm(writing, c.Conn.SetWriteDeadline)
	if err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	return n, c.judge(writing, limited, err)
}

// judge tells of an error that the limit brought about.
func (c *Conn) judge(direction int, limited bool, err error) error {
	if limited && os.IsTimeout(err) && !c.given(direction) && c.over.CompareAndSwap(false, true) {
		c.silent()
	}
	return err
}

// given reports whether a deadline that was set from above has passed: that is how a
// driver ends what no one waits for any more, and no silence of the other side.
func (c *Conn) given(direction int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := c.deadline[direction]
	return !deadline.IsZero() && !deadline.After(time.Now())
}

// arm sets the deadline below. It reports whether that is the limit's.
func (c *Conn) arm(direction int, set func(time.Time) error) (limited bool, err error) {
	if c.over.Load() {
		return false, os.ErrDeadlineExceeded
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	deadline := c.deadline[direction]
	if limit := time.Duration(c.limit.Load()); limit > 0 {
		end := time.Now().Add(limit)
		if limited = deadline.IsZero() || end.Before(deadline); limited {
			deadline = end
		}
	}
	return limited, set(deadline)
}

// SetDeadline implements [net.Conn].
func (c *Conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = [2]time.Time{t, t}
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements [net.Conn].
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline[reading] = t
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements [net.Conn].
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline[writing] = t
	return c.Conn.SetWriteDeadline(t)
}
