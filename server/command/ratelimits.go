package command

import (
	"github.com/redis/go-redis/v9/logging"

	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/redisrates"
)

// shareLimits lets the server count requests together with others, if there is a
// store for that, until stop is called. The client of Redis keeps silent: what it
// would write at every attempt, the server tells once.
func (s *serveCommand) shareLimits(config *server.Config) (stop func(), err error) {
	if s.RateLimitsStore == "" {
		return func() {}, nil
	}
	logging.Disable()
	counter, err := redisrates.Open(s.RateLimitsStore)
	if err != nil {
		return nil, named("--rate-limits-store (ANTEROOM_RATE_LIMITS_STORE)", err)
	}
	config.RateCounter = counter
	return func() { _ = counter.Close() }, nil
}
