package lifecycle_test

import (
	"io"
	"syscall"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/lifecycle"
)

// TestWaitingConnectionsAreAnswered has connections wait to be accepted when the
// server stops, which Linux alone lets it know.
func TestWaitingConnectionsAreAnswered(t *testing.T) {
	is := is.New(t)
	s := start(t, func(server *lifecycle.Server) { server.Connections = 1 })
	busy := s.connect()
	_, err := io.WriteString(busy, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
	is.NoErr(err)
	<-s.begun
	var waiting []client
	for range 3 {
		c := s.connect()
		_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
		is.NoErr(err)
		waiting = append(waiting, c)
	}
	s.signals <- syscall.SIGTERM
	for !s.draining.Load() { // the signal arrives in a moment
	}
	_, err = io.WriteString(busy, "i")
	is.NoErr(err)
	for _, c := range append(waiting, busy) {
		_, err = c.answer()
		is.NoErr(err) // closing the listener would have reset them
	}
	is.NoErr(<-s.ended)
}
