//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// throughput is no fault: it measures what one server does, one kind of request after
// the other, with 32 clients on the same machine.
func throughput(ctx context.Context, t *trial) (string, error) {
	return t.onEach(ctx, func(ctx context.Context, s *stand.Stand) (string, error) {
		server, client, err := s.ServeClient(ctx)
		if err != nil {
			return "", err
		}
		defer server.Kill()
		length := pick(t, 10*time.Second, 2*time.Second)
		var keys atomic.Int64
		creates, first := measure(ctx, length, func(ctx context.Context) stand.Answer {
			return client.Create(ctx, fmt.Sprint("room-", keys.Add(1)))
		})
		lists, second := measure(ctx, length, client.List)
		tokens, third := measure(ctx, length, client.Token)
		return fmt.Sprintf("creates %s, lists %s, tokens %s, %d MiB of memory", creates, lists, tokens, server.Memory()),
			errors.Join(first, second, third)
	})
}

// measure sends requests of one kind from 32 clients.
func measure(ctx context.Context, length time.Duration, send func(context.Context) stand.Answer) (string, error) {
	tally := stand.NewTally()
	var wait sync.WaitGroup
	began := time.Now()
	for range 32 {
		wait.Go(func() {
			for time.Since(began) < length && ctx.Err() == nil {
				tally.Add(send(ctx), false)
			}
		})
	}
	wait.Wait()
	rate := float64(tally.Granted()) / time.Since(began).Seconds()
	return fmt.Sprintf("%.0f/s (99%% within %s)", rate, tally.Quantile(0.99).Round(time.Millisecond)), tally.Wrong()
}
