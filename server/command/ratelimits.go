package command

import (
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/redisrates"
)

// shareLimits lets the server count requests together with others, if there is a
// store for that, until stop is called.
func (s *serveCommand) shareLimits(config *server.Config) (stop func(), err error) {
	if s.RateLimitsStore == "" {
		return func() {}, nil
	}
	counter, err := redisrates.Open(s.RateLimitsStore)
	if err != nil {
		return nil, named("--rate-limits-store (ANTEROOM_RATE_LIMITS_STORE)", err)
	}
	config.RateCounter = counter
	return func() { _ = counter.Close() }, nil
}
