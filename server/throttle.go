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
)

// throttle slows failed authentications down. It never stands in the way of a
// correct secret, and failures from elsewhere do not count against a client.
type throttle struct {
	now   func() time.Time
	mu    sync.Mutex
	pairs *limiters[throttleKey]
}

type throttleKey struct {
	client  string
	network netip.Prefix
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, pairs: newLimiters[throttleKey](rate.Every(failureInterval), failureBurst)}
}

// failure counts one failed authentication, and says how long to wait if there
// were too many.
func (t *throttle) failure(client, remoteAddr string) (wait time.Duration, throttled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	wait = take(now, t.pairs.of(throttleKey{client, network(remoteAddr)}, now))
	return wait, wait > 0
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
