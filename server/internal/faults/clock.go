//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

const day = 24 * time.Hour

// clock sets the clock of a server 100 days ahead for some seconds, and an hour back.
// Answers are right for the time that the server sees, all is well when the clock
// is, and no key is left with a time in the future, because that would keep the next
// one from signing.
func clock(ctx context.Context, t *trial) (string, error) {
	return t.onEach(ctx, func(ctx context.Context, s *stand.Stand) (string, error) {
		server, err := s.Serve(ctx)
		if err != nil {
			return "", err
		}
		defer server.Kill()
		clock, err := server.TakeClock()
		if err != nil {
			return "", err
		}
		defer clock.Close()
		c := &jumps{stand: s, server: server, clock: clock, client: s.Client(server.URL), tally: stand.NewTally()}
		for _, ahead := range []time.Duration{100 * day, -time.Hour} {
			if err := c.jump(ctx, ahead, pick(t, 8*time.Second, 3*time.Second)); err != nil {
				return c.tally.String(), err
			}
		}
		return c.figure(), errors.Join(c.tally.Wrong(), c.keys(ctx))
	})
}

// jumps are changes of a server's clock, and what its clients saw.
type jumps struct {
	stand  *stand.Stand
	server *stand.Server
	clock  *stand.Clock
	client *stand.Client
	tally  *stand.Tally
	told   bool // /readyz was not 200 while the clock was wrong
}

// jump moves the clock, asks for tokens and rooms, moves it back, and asks again.
func (c *jumps) jump(ctx context.Context, ahead, length time.Duration) error {
	if err := c.works(ctx); err != nil {
		return fmt.Errorf("before the clock was moved: %w", err)
	}
	if err := c.clock.Set(ahead); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < length; pass(ctx, 100*time.Millisecond) {
		for _, answer := range []stand.Answer{
			c.client.List(ctx), c.client.Token(ctx), c.client.Create(ctx, fmt.Sprint("at-", time.Now().UnixNano())),
		} {
			if answer.Status != 401 { // right for tokens that have expired, or are not issued yet
				c.tally.Add(answer, true)
			}
		}
		c.told = c.told || !c.client.Ready(ctx).OK()
	}
	return c.right(ctx)
}

// right puts the clock right and waits until all works.
func (c *jumps) right(ctx context.Context) (err error) {
	if err := c.clock.Set(0); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < overWithin; pass(ctx, 100*time.Millisecond) {
		if err = c.works(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s after the clock was put right: %w", overWithin, err)
}

// works gets a token, creates a room with it and asks for readiness.
func (c *jumps) works(ctx context.Context) error {
	for _, answer := range []stand.Answer{
		c.client.Token(ctx), c.client.Create(ctx, fmt.Sprint("in-", time.Now().UnixNano())), c.client.Ready(ctx),
	} {
		if err := answer.Failure(); err != nil {
			return err
		}
	}
	return nil
}

// keys waits until no key has a time in the future.
func (c *jumps) keys(ctx context.Context) error {
	var last time.Time
	for began := time.Now(); time.Since(began) < 2*overWithin; pass(ctx, 200*time.Millisecond) {
		output, err := c.stand.Run(ctx, "key", "list", "--json")
		if err != nil {
			return err
		}
		if last, err = latestOf(output); err != nil || time.Until(last) < time.Minute {
			return err
		}
	}
	return fmt.Errorf("a signing key has a time that is %d days ahead, and blocks the next one until then",
		int(time.Until(last)/day))
}

// latestOf returns the latest time of any key.
func latestOf(list string) (latest time.Time, err error) {
	var keys []struct {
		Created   time.Time  `json:"created_at"`
		Activated *time.Time `json:"activated_at"`
		Retiring  *time.Time `json:"retiring_at"`
	}
	if err := json.Unmarshal([]byte(list), &keys); err != nil {
		return latest, fmt.Errorf("key list: %w", err)
	}
	if len(keys) == 0 {
		return latest, errors.New("key list: there are no keys")
	}
	for _, key := range keys {
		for _, at := range []*time.Time{&key.Created, key.Activated, key.Retiring} {
			if at != nil && at.After(latest) {
				latest = *at
			}
		}
	}
	return latest, nil
}

func (c *jumps) figure() string {
	told := "/readyz did not mind"
	if c.told {
		told = "/readyz told"
	}
	return fmt.Sprintf("while the clock was wrong %s; %s", c.tally, told)
}
