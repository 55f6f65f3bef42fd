package passthrough

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/delegation/google"
)

// GoogleKeys passes the calls of a [google.Keys] on.
type GoogleKeys struct{ To google.Keys }

// GoogleKeys implements [google.Keys].
func (k GoogleKeys) GoogleKeys(ctx context.Context, clientID string) ([]google.Key, error) {
	return k.To.GoogleKeys(ctx, clientID)
}

// GoogleKeyUsed implements [google.Keys].
func (k GoogleKeys) GoogleKeyUsed(ctx context.Context, clientID, keyID string, at time.Time) error {
	return k.To.GoogleKeyUsed(ctx, clientID, keyID, at)
}
