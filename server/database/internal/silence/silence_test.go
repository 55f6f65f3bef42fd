package silence_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/internal/silence"
)

// pair returns a connection with a limit, and its other side. Told counts how often the limit ended something.
func pair(t *testing.T, limit time.Duration) (conn *silence.Conn, other net.Conn, told *atomic.Int32) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _ = errors.Join(near.Close(), far.Close()) })
	told = new(atomic.Int32)
	return silence.New(near, limit, func() { told.Add(1) }), far, told
}

func TestSilenceEnds(t *testing.T) {
	is := is.New(t)
	conn, other, told := pair(t, 20*time.Millisecond)
	go func() { _, _ = other.Write([]byte("hello")) }()
	n, err := conn.Read(make([]byte, 10))
	is.NoErr(err)
	is.Equal(n, 5) // what comes is read
	_, err = conn.Read(make([]byte, 10))
	is.True(os.IsTimeout(err)) // what does not is not waited for
	for range 3 {
		_, err = conn.Read(make([]byte, 10))
		is.True(os.IsTimeout(err))
		_, err = conn.Write([]byte("x"))
		is.True(os.IsTimeout(err)) // and the connection is over
	}
	is.Equal(told.Load(), int32(1)) // which is told once
}

func TestAWriteEnds(t *testing.T) {
	is := is.New(t)
	conn, _, told := pair(t, 20*time.Millisecond)
	_, err := conn.Write([]byte("x")) // the other side does not read
	is.True(os.IsTimeout(err))
	is.Equal(told.Load(), int32(1))
}

func TestDeadlinesCount(t *testing.T) {
	for name, set := range map[string]func(net.Conn, time.Time) error{
		"both": net.Conn.SetDeadline, "reading": net.Conn.SetReadDeadline,
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			conn, other, told := pair(t, time.Hour)
			is.NoErr(set(conn, time.Now().Add(-time.Second)))
			_, err := conn.Read(make([]byte, 1))
			is.True(os.IsTimeout(err))
			is.Equal(told.Load(), int32(0)) // an earlier deadline is not silence
			is.NoErr(set(conn, time.Time{}))
			go func() { _, _ = other.Write([]byte("x")) }()
			_, err = conn.Read(make([]byte, 1))
			is.NoErr(err) // and may be taken back
		})
	}
	is := is.New(t)
	conn, _, _ := pair(t, time.Hour)
	is.NoErr(conn.SetWriteDeadline(time.Now().Add(-time.Second)))
	_, err := conn.Write([]byte("x"))
	is.True(os.IsTimeout(err))
}

// told is a connection that tells when a Read begins.
type told struct {
	net.Conn
	reads chan bool
}

// Read implements [net.Conn].
func (c told) Read(b []byte) (int, error) {
	c.reads <- true
	return c.Conn.Read(b)
}

// TestGivingUpIsNotSilence ends a Read that waits as a driver does when its caller
// leaves: by a deadline that has passed.
func TestGivingUpIsNotSilence(t *testing.T) {
	is := is.New(t)
	near, far := net.Pipe()
	defer far.Close()
	defer near.Close()
	reads, silent := make(chan bool, 1), 0
	conn := silence.New(told{near, reads}, time.Hour, func() { silent++ })
	for range 3 {
		ended := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			ended <- err
		}()
		select {
		case <-reads:
		case err := <-ended:
			is.NoErr(err) // the connection goes on
		}
		is.NoErr(conn.SetDeadline(time.Now()))
		is.True(os.IsTimeout(<-ended))
		is.Equal(silent, 0)
		is.NoErr(conn.SetDeadline(time.Time{}))
	}
}

// TestOneTriesASilentDatabase has many want connections to a database that does not answer.
func TestOneTriesASilentDatabase(t *testing.T) {
	is := is.New(t)
	door := &silence.Door{}
	var usual, short atomic.Int32
	let := make(chan error)
	through := func(ctx context.Context) error {
		return door.Through(ctx,
			func(context.Context) error { usual.Add(1); return nil },
			func(context.Context) error { short.Add(1); return <-let })
	}
	is.NoErr(through(t.Context()))
	is.True(usual.Load() == 1 && short.Load() == 0) // as long as it answers, each tries
	door.Silent()
	errs := make([]error, 20)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = through(t.Context()) })
	}
	let <- context.DeadlineExceeded
	wait.Wait()
	for _, err := range errs {
		is.True(err != nil)
	}
	is.True(usual.Load() == 1 && short.Load() == 1)             // then one does for all
	is.True(errors.Is(through(t.Context()), silence.ErrSilent)) // and for those who come soon after
	is.True(door.IsSilent() && short.Load() == 1)               // without another attempt
	go func() { let <- nil }()
	for err := errors.New("not yet"); err != nil; err = through(t.Context()) {
	}
	is.True(!door.IsSilent()) // until one gets through
	is.NoErr(through(t.Context()))
	door.Silent()
	go func() { let <- errors.New("connection refused") }()
	is.True(through(t.Context()) != nil)
	is.True(!door.IsSilent()) // who refuses is not silent
	err := door.Through(t.Context(), func(context.Context) error { return os.ErrDeadlineExceeded }, nil)
	is.True(err != nil && door.IsSilent()) // an attempt that times out tells as well
}
