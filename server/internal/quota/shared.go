package quota

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// retryShared is how long a shared counter that failed is left alone.
const retryShared = time.Second

// Shared counts requests in a counter that servers share, and in memory while that
// fails. It is safe for concurrent use.
type Shared struct {
	to     rates.Counter
	memory *Memory
	now    func() time.Time
	logger *slog.Logger

	mu   sync.Mutex
	next time.Time // when the counter is asked again; zero while it answers
}

// NewShared returns a counter that asks another one first. A change between the two
// is one record of the logger.
func NewShared(to rates.Counter, now func() time.Time, logger *slog.Logger) *Shared {
	return &Shared{to: to, memory: NewMemory(now), now: now, logger: logger}
}

// Take implements [rates.Counter]. It never fails.
func (s *Shared) Take(ctx context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	if s.rests() {
		return s.memory.Take(ctx, buckets)
	}
	taken, err := s.to.Take(ctx, buckets)
	if err != nil && ctx.Err() != nil { // the caller has gone, which is no failure of the counter
		return s.memory.Take(ctx, buckets)
	}
	if s.note(err); err != nil {
		return s.memory.Take(ctx, buckets)
	}
	return taken, nil
}

// rests reports whether the counter is to be left alone. While it fails, one
// request at a time finds out whether it still does.
func (s *Shared) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.next.IsZero() || now.After(s.next) {
		if !s.next.IsZero() {
			s.next = now.Add(retryShared)
		}
		return false
	}
	return true
}

// note takes the outcome of asking the counter down, and tells of a change. The
// text of the error may come from anywhere, so only its first bytes are logged.
func (s *Shared) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fails := !s.next.IsZero()
	switch {
	case err == nil && fails:
		s.next = time.Time{}
		s.logger.Info("rate limits are shared again")
	case err != nil && !fails:
		s.next = s.now().Add(retryShared)
		text := err.Error()
		s.logger.Warn("rate limits are not shared: the store is away, and every server counts for itself",
			"error", text[:min(len(text), 512)])
	}
}
