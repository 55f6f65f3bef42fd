package admission

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-go/anteroom/server/internal/quota"
)

// The pace of failed authentications, for one client id from one network: one a
// second, and sixty at once.
const (
	failureBurst  = 60
	failureWindow = time.Minute
)

// throttle counts failed authentications. It is safe for concurrent use.
type throttle struct {
	now   func() time.Time
	mu    sync.Mutex
	lanes *quota.Limiters[lane]
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, lanes: quota.NewLimiters[lane](failureBurst, failureWindow)}
}

// failed counts one failure, and returns how long to wait if there were too many,
// else zero.
func (t *throttle) failed(l lane) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return quota.Take(now, t.lanes.Of(l, now))
}

// wait returns what failed would return, and counts nothing.
func (t *throttle) wait(l lane) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	limiter := t.lanes.Of(l, now)
	missing := 1 - limiter.TokensAt(now)
	if missing <= 0 || limiter.Limit() == rate.Inf {
		return 0
	}
	return time.Duration(missing / float64(limiter.Limit()) * float64(time.Second))
}
