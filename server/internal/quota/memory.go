package quota

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// window is what quotas are for.
const window = time.Minute

// Memory counts requests in the memory of the process. It is safe for concurrent
// use.
type Memory struct {
	now   func() time.Time
	mu    sync.Mutex
	kinds map[bucketKind]*Limiters[rates.Bucket]
}

// bucketKind keeps buckets of one kind from displacing those of another. There are
// as many quotas as operators chose.
type bucketKind struct {
	class  rates.Class
	ofUser bool
	quota  int
}

// NewMemory returns a counter that has seen no requests.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, kinds: map[bucketKind]*Limiters[rates.Bucket]{}}
}

// Take implements [rates.Counter]. It never fails.
func (m *Memory) Take(_ context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, limiters := m.now(), make([]*rate.Limiter, len(buckets))
	for i, bucket := range buckets {
		limiters[i] = m.limiter(bucket, now)
	}
	taken := rates.Taken{Wait: Take(now, limiters...), Left: make([]float64, len(buckets))}
	for i, limiter := range limiters {
		taken.Left[i] = limiter.TokensAt(now)
	}
	return taken, nil
}

func (m *Memory) limiter(bucket rates.Bucket, now time.Time) *rate.Limiter {
	kind := bucketKind{bucket.Class, bucket.UserID != "", bucket.Quota}
	if m.kinds[kind] == nil {
		m.kinds[kind] = NewLimiters[rates.Bucket](bucket.Quota, window)
	}
	return m.kinds[kind].Of(bucket, now)
}
