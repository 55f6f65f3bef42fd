//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// kill kills the server under concurrent creates, starts it again, and sends again
// what was not acknowledged.
func kill(ctx context.Context, t *trial) (string, error) {
	return t.onEach(ctx, func(ctx context.Context, s *stand.Stand) (string, error) {
		return killRounds(ctx, s, pick(t, 20, 3))
	})
}

// killed is what the rounds of one database came to.
type killed struct {
	acknowledged map[string]string
	again        int
	slowest      time.Duration
}

func killRounds(ctx context.Context, s *stand.Stand, rounds int) (string, error) {
	k := &killed{acknowledged: map[string]string{}}
	server, client, err := s.ServeClient(ctx)
	if err != nil {
		return "", err
	}
	defer func() { server.Kill() }()
	var failures []error
	for range rounds {
		load := stand.StartLoad(ctx, client, 16)
		pass(ctx, time.Duration(150+rand.IntN(500))*time.Millisecond)
		load.Fault()
		server.Kill()
		load.Stop()
		if server, err = s.Restart(ctx, server); err != nil {
			return "", err
		}
		if err := k.settle(ctx, load); err != nil {
			failures = append(failures, err)
		}
	}
	found, err := stand.Verify(ctx, s.Database, k.acknowledged)
	return fmt.Sprintf("%d kills, %s; %d sent again, the last done after %s", rounds, found, k.again, round(k.slowest)),
		errors.Join(append(failures, err, found.Err())...)
}

// settle sends again what was not acknowledged and notes what is.
func (k *killed) settle(ctx context.Context, load *stand.Load) error {
	if err := load.Client.Token(ctx).Failure(); err != nil {
		return fmt.Errorf("no token after the start: %w", err)
	}
	again, longest, err := load.Settle(ctx, settlesWithin)
	k.again += again
	k.slowest = max(k.slowest, longest)
	for key, id := range load.Acknowledged() {
		k.acknowledged[key] = id
	}
	return err
}
