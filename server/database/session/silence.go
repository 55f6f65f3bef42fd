package session

import (
	"context"
	"time"
)

// DefaultSilence is how long a statement waits for a sign of the server, if its context does not tell.
const DefaultSilence = 5 * time.Second

type silenceKey struct{}

// Silence returns a context whose statements wait so long for a sign of PostgreSQL before their connection is
// given up, and a transaction of it as long at each statement. Zero means that they wait as long as the context
// lasts, for work that takes its time, such as a migration. Pools that package database opened heed it.
func Silence(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, silenceKey{}, limit)
}

// SilenceOf returns what [Silence] set, and otherwise the given limit.
func SilenceOf(ctx context.Context, otherwise time.Duration) time.Duration {
	if limit, ok := ctx.Value(silenceKey{}).(time.Duration); ok {
		return limit
	}
	return otherwise
}
