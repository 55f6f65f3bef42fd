package quota

import (
	"net/netip"
	"sync"
	"time"
)

// The pace of failed authentications, for one client id from one network: one a
// second, and sixty at once.
const (
	failureBurst  = 60
	failureWindow = time.Minute
)

// Throttle slows failed authentications down. It never stands in the way of a
// correct secret, and failures from elsewhere do not count against a client. It
// is safe for concurrent use.
type Throttle struct {
	now   func() time.Time
	mu    sync.Mutex
	pairs *Limiters[throttleKey]
}

type throttleKey struct {
	client  string
	network netip.Prefix
}

// NewThrottle returns a throttle that has seen no failures.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{now: now, pairs: NewLimiters[throttleKey](failureBurst, failureWindow)}
}

// Failure counts one failed authentication, and returns how long to wait if there
// were too many, else zero.
func (t *Throttle) Failure(client, remoteAddr string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return Take(now, t.pairs.Of(throttleKey{client, network(remoteAddr)}, now))
}

// network returns the network that failures of an address are counted for. One
// of IPv6 has 64 bits: its holder has all of the addresses in it.
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
