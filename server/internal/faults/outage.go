//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// The limits that hold in every outage.
const (
	workers       = 12
	tellsWithin   = 5 * time.Second  // /readyz, from the beginning
	overWithin    = 10 * time.Second // from when the cause is over
	settlesWithin = 10 * time.Second // a request that is sent again, from when the cause is over
	slowestAnswer = 10 * time.Second
	answersWithin = 3 * time.Second // /readyz itself
)

// outage is a fault that begins, lasts and ends while a server runs under load.
type outage struct {
	stand    *stand.Stand
	begin    func(context.Context) error
	end      func(context.Context) error
	length   time.Duration
	tolerant bool // the server may stay ready: nothing is gone for all of its connections
	unseen   bool // the server may go on answering as if nothing had happened
}

// result is what was seen.
type result struct {
	load          *stand.Load
	server        *stand.Server
	readiness     *readiness
	began, mended time.Time
	settled       int
	settling      time.Duration
	errorsInLog   int
	finding       stand.Finding
}

// run carries out the outage and judges what was seen.
func (o outage) run(ctx context.Context) (string, error) {
	r, stop, err := underLoad(ctx, o.stand)
	if err != nil {
		return "", err
	}
	defer stop()
	if err := o.disturb(ctx, r); err != nil {
		return "", err
	}
	err = o.conclude(ctx, r)
	return r.String(), errors.Join(append(o.judge(r), err)...)
}

// underLoad starts a server, clients that use it, and one that asks for readiness,
// and lets them work for a moment.
func underLoad(ctx context.Context, s *stand.Stand) (r *result, stop func(), err error) {
	server, client, err := s.ServeClient(ctx)
	if err != nil {
		return nil, nil, err
	}
	r = &result{server: server, load: stand.StartLoad(ctx, client, workers)}
	r.readiness = watch(ctx, s.Client(server.URL))
	pass(ctx, 1500*time.Millisecond)
	return r, func() {
		r.readiness.stop()
		r.load.Stop()
		server.Kill()
	}, nil
}

// begin makes the answers count as those during a fault.
func (r *result) begin() {
	r.load.Fault()
	r.began = time.Now()
}

// told returns an error unless /readyz told of the fault in time.
func (r *result) told() error {
	told, notReady := r.readiness.firstNot(r.began)
	switch {
	case !notReady:
		return errors.New("/readyz went on reporting ready")
	case told.Sub(r.began) > tellsWithin:
		return fmt.Errorf("/readyz told after %s, at most %s", round(told.Sub(r.began)), tellsWithin)
	}
	return nil
}

// disturb begins the fault, waits, ends it, and waits until it is over.
func (o outage) disturb(ctx context.Context, r *result) error {
	r.begin()
	if err := o.begin(ctx); err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	pass(ctx, o.length)
	if err := o.end(ctx); err != nil {
		return fmt.Errorf("ending: %w", err)
	}
	r.mended = time.Now()
	quiet := func() bool { return time.Since(latest(r.mended, r.load.During.LastFailure())) > 2*time.Second }
	for time.Since(r.mended) < overWithin && !quiet() {
		pass(ctx, 100*time.Millisecond)
	}
	return ctx.Err()
}

// latest returns the later one of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// conclude sends again what was refused, and looks into the database.
func (o outage) conclude(ctx context.Context, r *result) (err error) {
	r.load.Stop()
	_ = r.load.Client.Token(ctx) // the requests that follow report what is wrong
	var unsettled error
	r.settled, r.settling, unsettled = r.load.Settle(ctx, settlesWithin)
	pass(ctx, 1200*time.Millisecond) // readiness is looked at once more
	r.errorsInLog += r.server.Log.Records("ERROR")
	r.readiness.stop()
	r.finding, err = stand.Verify(ctx, o.stand.Database, r.load.Acknowledged())
	return errors.Join(unsettled, err)
}

// judge returns what is not as it has to be.
func (o outage) judge(r *result) (wrong []error) {
	must := func(holds bool, format string, args ...any) {
		if !holds {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	if err := r.load.Before.Wrong(); err != nil {
		wrong = append(wrong, fmt.Errorf("before the fault: %w", err))
	}
	wrong = append(wrong, r.load.During.Wrong(), r.finding.Err())
	refused := r.load.During.Count("503")
	must(o.unseen || refused > 0, "the fault was not noticed: no request was refused")
	must(r.load.During.Slowest() <= slowestAnswer, "the slowest answer took %s, at most %s",
		round(r.load.During.Slowest()), slowestAnswer)
	if !o.tolerant {
		wrong = append(wrong, r.told())
	}
	must(r.readiness.slowest() <= answersWithin, "/readyz took %s", round(r.readiness.slowest()))
	must(r.readiness.ready(), "/readyz does not report ready %s after the fault", round(time.Since(r.mended)))
	must(r.over() <= overWithin, "it was over %s after its cause, at most %s", round(r.over()), overWithin)
	failures := r.load.During.Count("503") + r.load.During.Count("500") + r.settled + int(r.readiness.refused())
	must(r.errorsInLog <= failures+100, "%d records of level ERROR for %d refusals", r.errorsInLog, failures)
	return wrong
}

// over returns how long after the fault the last request was refused.
func (r *result) over() time.Duration { return max(0, r.load.During.LastFailure().Sub(r.mended)) }

// readyText describes when /readyz told.
func (r *result) readyText() string {
	if at, found := r.readiness.firstNot(r.began); found {
		return "not ready after " + round(at.Sub(r.began)).String()
	}
	return "always ready"
}

// String returns the figures.
func (r *result) String() string {
	return fmt.Sprintf("in the fault %s; slowest %s; %s; over after %s; "+
		"%d sent again, the last done after %s; %d ERROR; %s",
		r.load.During, round(r.load.During.Slowest()), r.readyText(), round(r.over()), r.settled, round(r.settling),
		r.errorsInLog, r.finding)
}

// round makes a duration readable.
func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

// pass waits for a time, or until ctx ends.
func pass(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// readiness is what /readyz reported, asked ten times a second.
type readiness struct {
	mu      sync.Mutex
	answers []stand.Answer
	stop    func()
}

// watch asks until stop is called. One answer is waited for before the next
// question.
func watch(ctx context.Context, client *stand.Client) *readiness {
	ctx, cancel := context.WithCancel(ctx)
	r := &readiness{}
	ended := make(chan struct{})
	r.stop = func() {
		cancel()
		<-ended
	}
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			answer := client.Ready(ctx)
			if ctx.Err() == nil {
				r.mu.Lock()
				r.answers = append(r.answers, answer)
				r.mu.Unlock()
			}
			pass(ctx, 100*time.Millisecond)
		}
	}()
	return r
}

// firstNot returns when the first answer came, after a time, that was not 200.
func (r *readiness) firstNot(after time.Time) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, answer := range r.answers {
		if at := answer.Began.Add(answer.Took); at.After(after) && !answer.OK() {
			return at, true
		}
	}
	return time.Time{}, false
}

func (r *readiness) slowest() (longest time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, answer := range r.answers {
		longest = max(longest, answer.Took)
	}
	return longest
}

// ready reports whether the last answer was 200.
func (r *readiness) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.answers) > 0 && r.answers[len(r.answers)-1].OK()
}

func (r *readiness) refused() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, answer := range r.answers {
		if !answer.OK() {
			n++
		}
	}
	return n
}
