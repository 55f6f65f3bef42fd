//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// pipe closes the pipe to which the server logs, and leaves one unread. In both
// cases it must go on answering, and end in order.
func pipe(ctx context.Context, t *trial) (string, error) {
	s, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	requests := pick(t, 5000, 1500)
	closed, err := withPipe(ctx, s, requests, func(server *stand.Server) error { return server.Pipe.Close() })
	if err != nil {
		err = fmt.Errorf("the pipe is closed: %w", err)
	}
	unread, unreadErr := withPipe(ctx, s, requests, func(*stand.Server) error { return nil })
	if unreadErr != nil {
		err = errors.Join(err, fmt.Errorf("the pipe is not read: %w", unreadErr))
	}
	return fmt.Sprintf("closed: %s; not read: %s", closed, unread), err
}

// withPipe does something to the pipe and sends requests.
func withPipe(
	ctx context.Context, s *stand.Stand, requests int, disturb func(*stand.Server) error,
) (figure string, err error) {
	server, err := s.ServePiped(ctx)
	if err != nil {
		return "", err
	}
	defer server.Kill()
	defer server.Pipe.Close()
	client, err := s.Authenticated(ctx, server.URL)
	if err != nil {
		return "", err
	}
	client.HTTP.Timeout = 10 * time.Second
	if err := disturb(server); err != nil {
		return "", err
	}
	tally := stand.NewTally()
	for range requests {
		answer := client.List(ctx)
		tally.Add(answer, false)
		if answer.Err != nil {
			break
		}
	}
	figure = fmt.Sprintf("%s, slowest %s", tally, round(tally.Slowest()))
	if err := tally.Wrong(); err != nil {
		return figure, err
	}
	return figure, server.Stop(15 * time.Second)
}
