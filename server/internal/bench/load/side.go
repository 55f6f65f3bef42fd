package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// every is in how many answers of a connection one is read as JSON, beside what is looked for in each.
const every = 32

// Side is a server that is sent requests.
type Side struct {
	// Next returns the nth request of a worker.
	Next func(worker, n int) Request

	connections []*connection
	sent        []int
	took        []time.Duration
	busy        time.Duration
}

// Open connects a side to the address of a server.
func (s *Side) Open(address string, connections int) error {
	for range connections {
		c, err := dial(address)
		if err != nil {
			return errors.Join(err, s.Close())
		}
		s.connections, s.sent = append(s.connections, c), append(s.sent, 0)
	}
	return nil
}

// Close closes the connections.
func (s *Side) Close() (err error) {
	for _, c := range s.connections {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Turn sends requests over all connections until the time is over, or until limit requests were sent if that is above
// 0. It returns an error of one connection. Without noting nothing is counted, which is for warming up.
func (s *Side) Turn(ctx context.Context, length time.Duration, limit int, noting bool) error {
	began, errs := time.Now(), make([]error, len(s.connections))
	took := make([][]time.Duration, len(s.connections))
	var wait sync.WaitGroup
	for i, c := range s.connections {
		wait.Go(func() {
			quota := (limit + len(s.connections) - 1) / len(s.connections)
			for n := 0; ctx.Err() == nil && (limit > 0 && n < quota || limit == 0 && time.Since(began) < length); n++ {
				start := time.Now()
				if errs[i] = s.ask(i, c); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	wait.Wait()
	if noting {
		s.busy += time.Since(began)
		s.took = append(s.took, slices.Concat(took...)...)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// ask sends the next request of a worker.
func (s *Side) ask(worker int, c *connection) error {
	if err := c.ask(s.Next(worker, s.sent[worker])); err != nil {
		return err
	}
	if s.sent[worker]++; s.sent[worker]%every == 1 && !json.Valid(c.body) {
		return fmt.Errorf("load: the answer is no JSON: %.300s", c.body)
	}
	return nil
}

// Requests returns how many were answered in turns that were noted.
func (s *Side) Requests() int { return len(s.took) }

// Rate returns requests a second.
func (s *Side) Rate() float64 { return float64(len(s.took)) / s.busy.Seconds() }

// Quantile returns the time within which a part of all requests were answered.
func (s *Side) Quantile(part float64) time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.took))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

// Ask sends one request over a connection of its own and returns the body of the answer.
func Ask(address string, r Request) ([]byte, error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	err = c.ask(r)
	return c.body, err
}
