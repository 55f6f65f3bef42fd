package passthrough

import (
	"context"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// Counter passes the calls of a [rates.Counter] on.
type Counter struct{ To rates.Counter }

// Take implements [rates.Counter].
func (c Counter) Take(ctx context.Context, buckets []rates.Bucket) (rates.Taken, error) {
	return c.To.Take(ctx, buckets)
}
