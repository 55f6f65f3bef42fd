package server

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The pace of failed authentications, for one client id from one network.
const (
	failureBurst    = 60
	failureInterval = time.Second
	maxThrottled    = 10_000 // pairs remembered; the memory is bounded, not the attacker
)

// throttle slows failed authentications down. It never stands in the way of a
// correct secret, and failures from elsewhere do not count against a client.
type throttle struct {
	now   func() time.Time
	mu    sync.Mutex
	pairs map[throttleKey]*rate.Limiter
}

type throttleKey struct {
	client  string
	network netip.Prefix
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, pairs: map[throttleKey]*rate.Limiter{}}
}

// failure counts one failed authentication, and says how long to wait if there
// were too many.
func (t *throttle) failure(client, remoteAddr string) (wait time.Duration, throttled bool) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	limiter := t.limiter(throttleKey{client, network(remoteAddr)}, now)
	if limiter.AllowN(now, 1) {
		return 0, false
	}
	missing := 1 - limiter.TokensAt(now)
	return time.Duration(missing * float64(failureInterval)), true
}

// limiter finds the pair's limiter, making room for it if need be.
func (t *throttle) limiter(key throttleKey, now time.Time) *rate.Limiter {
	limiter, known := t.pairs[key]
	if known {
		return limiter
	}
	if len(t.pairs) >= maxThrottled {
		t.forget(now)
	}
	limiter = rate.NewLimiter(rate.Every(failureInterval), failureBurst)
	t.pairs[key] = limiter
	return limiter
}

// forget drops the pairs that have recovered, or all if none has.
func (t *throttle) forget(now time.Time) {
	for key, limiter := range t.pairs {
		if limiter.TokensAt(now) >= failureBurst {
			delete(t.pairs, key)
		}
	}
	if len(t.pairs) >= maxThrottled {
		clear(t.pairs)
	}
}

// network is the address that failures are counted for: an IPv6 network has 64
// bits of addresses to spare.
func network(remoteAddr string) netip.Prefix {
	addrPort, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	addr, bits := addrPort.Addr().Unmap(), 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.WithZone("").Prefix(bits) // bits fit the family
	return prefix
}
