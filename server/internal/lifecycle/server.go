package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// How long the end of a server waits for others.
const (
	handshake = 200 * time.Millisecond // for connections that are being made
	accepting = 2 * time.Second        // for connections that wait to be accepted
	grace     = time.Second            // for clients that have just come, or were just answered, to send a request
	linger    = time.Second            // for clients to close what was half-closed
)

// Server is a server that stops by signals.
type Server struct {
	// HTTP answers. Its ConnState is replaced.
	HTTP *http.Server
	// Listener is where. It is closed in the end.
	Listener net.Listener
	// Drain is called when the server begins to stop.
	Drain func()
	// Delay is how long it goes on answering before it closes. Zero means not at all.
	Delay time.Duration
	// Timeout is how long running requests may take to finish then.
	Timeout time.Duration
	// Connections is how many connections there may be at once. If there are more, those
	// that are idle for the longest time are closed for them. Zero means what
	// [Connections] returns.
	Connections int
	// Logger is told of the steps.
	Logger *slog.Logger
}

// Serve answers until the first signal comes or ctx ends, and then stops. It returns
// nil if every request was finished. A second signal ends it at once.
func (s Server) Serve(ctx context.Context, signals <-chan os.Signal) error {
	if s.Connections == 0 {
		s.Connections = Connections()
	}
	conns := watch(s.Listener, s.Connections)
	s.HTTP.ConnState = conns.note
	failed := make(chan error, 1)
	go func() { failed <- s.HTTP.Serve(conns) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	case received := <-signals:
		s.Logger.Info("stopping: not ready any more, running requests are finished", "signal", received.String(),
			"delay", s.Delay)
	}
	stopping, now := context.WithCancel(context.Background())
	defer now()
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop(stopping, conns) }()
	select {
	case err := <-stopped:
		if err != nil {
			return errors.Join(fmt.Errorf("stopped with requests still running: %w", err), s.HTTP.Close())
		}
		s.Logger.Info("stopped")
		return nil
	case received := <-signals:
		return errors.Join(fmt.Errorf("stopped at once by a second signal (%s)", received), s.HTTP.Close())
	}
}

// stop ends the server step by step.
func (s Server) stop(ctx context.Context, conns *connections) error {
	s.Drain()
	wait(ctx, s.Delay)
	refused, most := refuseConnections(s.Listener), grace+2*linger
	if refused {
		wait(ctx, min(handshake, s.Delay)) // whoever wants no delay does not mind
		until(ctx, accepting, func() bool { return waitingConnections(s.Listener) == 0 })
		most = s.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	until(ctx, most, func() bool { return conns.retireIdle(grace, linger) })
	return s.HTTP.Shutdown(ctx)
}

// wait waits for some time, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// until waits until something is so, for some time at most.
func until(ctx context.Context, most time.Duration, so func() bool) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !so() && ctx.Err() == nil {
		wait(ctx, 5*time.Millisecond)
	}
}
