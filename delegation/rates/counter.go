package rates

import (
	"context"
	"time"
)

// Counter counts requests for every server that shares it. Implementations are
// safe for concurrent use. The conformance suite is ratestest.Counter.
type Counter interface {
	// Take takes one request from each of the buckets and returns what is left of
	// them, or takes nothing from any of them if one is empty. A bucket that is not
	// known is full. It holds its quota; what was taken comes back evenly over a
	// minute. Buckets that differ in any field have nothing in common. All buckets
	// of one call are of one application. An error means that nothing could be
	// counted.
	Take(ctx context.Context, buckets []Bucket) (Taken, error)
}

// Bucket is one quota and whose it is.
type Bucket struct {
	Class    Class
	ClientID string
	// UserID is empty for the quota of the application itself.
	UserID string
	// Quota is how many requests a minute, from 1.
	Quota int
}

// Taken is the outcome of [Counter.Take].
type Taken struct {
	// Wait is how long it takes until the same request can be taken. Zero means that
	// it was.
	Wait time.Duration
	// Left is what is left of each bucket, in the order of the buckets. Requests that
	// come back bit by bit make fractions.
	Left []float64
}
