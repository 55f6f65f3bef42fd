package quota

import (
	"log/slog"
	"time"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// Open returns the meters of a server: on a counter that others share, or on its own memory without one.
func Open(limits rates.Limits, shared rates.Counter, now func() time.Time, logger *slog.Logger) *Meters {
	if shared == nil {
		return NewMeters(limits, NewMemory(now))
	}
	return NewMeters(limits, NewShared(shared, now, logger))
}
