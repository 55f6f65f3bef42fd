package freshness_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/freshness"
)

// source is what is copied: it counts copies, and fails or stands still when told so.
type source struct {
	now    time.Time
	err    error
	hangs  bool
	copies atomic.Int32
	told   []bool
}

func (s *source) watch() *freshness.Watch {
	return freshness.New(freshness.Config{Limit: 10 * time.Second, Patience: 50 * time.Millisecond,
		Now:     func() time.Time { return s.now },
		Changed: func(_ context.Context, tooOld bool) { s.told = append(s.told, tooOld) },
		Renew: func(ctx context.Context) error {
			if s.hangs {
				<-ctx.Done()
				return ctx.Err()
			}
			s.copies.Add(1)
			return s.err
		}})
}

func TestACopyThatIsTooOldIsRenewedOrRefused(t *testing.T) {
	is := is.New(t)
	s := &source{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w := s.watch()
	is.True(!w.Fresh()) // nothing was copied yet
	is.NoErr(w.Renew(t.Context()))
	s.now = s.now.Add(10 * time.Second)
	is.NoErr(w.Ensure(t.Context()))
	is.Equal(s.copies.Load(), int32(1)) // within the limit nothing is asked
	s.now = s.now.Add(time.Second)
	is.NoErr(w.Ensure(t.Context()))
	is.Equal(s.copies.Load(), int32(2)) // after it the source is
	s.err = errors.New("away")
	is.NoErr(w.Ensure(t.Context())) // which is enough for another ten seconds
	s.now = s.now.Add(time.Minute)
	for range 3 {
		is.Equal(w.Ensure(t.Context()), s.err) // then it is refused
	}
	is.Equal(s.told, []bool{true}) // and told, once
	s.err = nil
	is.NoErr(w.Ensure(t.Context()))
	is.Equal(s.told, []bool{true, false}) // and so is its end
	s.now = s.now.Add(-time.Hour)
	is.True(!w.Fresh()) // a copy from the future is none
	is.NoErr(w.Ensure(t.Context()))
	is.True(w.Fresh() && w.Renewed().Equal(s.now))
}

func TestASilentSourceHoldsNoCallerForLong(t *testing.T) {
	is := is.New(t)
	s := &source{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), hangs: true}
	w := s.watch()
	errs := make([]error, 20)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = w.Ensure(t.Context()) })
	}
	wait.Wait()
	for _, err := range errs {
		is.True(errors.Is(err, context.DeadlineExceeded)) // each one's patience ends
	}
	is.Equal(s.told, []bool{true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	is.True(errors.Is(w.Ensure(ctx), context.Canceled)) // as it does when the caller leaves
}
