package command

import (
	"time"

	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
)

// orZero returns a duration, or zero if the flag was not given.
func orZero(value *flagvalue.Seconds) time.Duration {
	if value == nil {
		return 0
	}
	return time.Duration(*value)
}
