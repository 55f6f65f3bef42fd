// Package clientaddr finds out from where a request comes.
package clientaddr

import (
	"net/http"
	"net/netip"
	"strings"
)

// Client is where a request comes from.
type Client struct {
	// Remote is the client's address for logs: that of the connection as
	// http.Request has it, with its port, or the one that a trusted proxy wrote
	// down.
	Remote string
	// Network holds the client's address. One of IPv6 has 64 bits, because its
	// holder has all of the addresses in it. It is zero for a connection that is
	// not from an IP address.
	Network netip.Prefix
}

// Of returns the client of a request. If the connection comes from a trusted
// proxy, the X-Forwarded-For fields are read from the right, past the proxies
// that are trusted, to the first address that is not: whatever stands left of it
// was written by that client. If every address is trusted, the leftmost one is
// the client's. If one of the addresses on the way is malformed, nothing of the
// fields is believed.
func Of(r *http.Request, trusted []netip.Prefix) Client {
	addrPort, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return Client{Remote: r.RemoteAddr}
	}
	direct := canonical(addrPort.Addr())
	if forwarded, ok := forwardedFor(r.Header.Values("X-Forwarded-For"), direct, trusted); ok {
		return Client{Remote: forwarded.String(), Network: network(forwarded)}
	}
	return Client{Remote: r.RemoteAddr, Network: network(direct)}
}

// forwardedFor returns the client's address behind trusted proxies. Ok is false
// if there is none, or none that can be believed.
func forwardedFor(fields []string, direct netip.Addr, trusted []netip.Prefix) (client netip.Addr, ok bool) {
	if len(fields) == 0 {
		return netip.Addr{}, false
	}
	hops := strings.Split(strings.Join(fields, ","), ",")
	client = direct
	for i := len(hops) - 1; i >= 0 && contains(trusted, client); i-- {
		hop, valid := parse(strings.Trim(hops[i], " \t"))
		if !valid {
			return netip.Addr{}, false
		}
		client, ok = hop, true
	}
	return client, ok
}

// parse reads an address as proxies write it: bare, or with a port, then with
// brackets around one of IPv6.
func parse(hop string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(hop); err == nil {
		return canonical(addr), true
	}
	if addrPort, err := netip.ParseAddrPort(hop); err == nil {
		return canonical(addrPort.Addr()), true
	}
	inside, bracketed := strings.CutPrefix(hop, "[")
	inside, closed := strings.CutSuffix(inside, "]")
	addr, err := netip.ParseAddr(inside)
	return canonical(addr), bracketed && closed && err == nil && addr.Is6()
}

// canonical writes an address in one way: an IPv4 address never as one of IPv6,
// and without a zone.
func canonical(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func network(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // bits fit the family
	return prefix
}

// Problem returns what is wrong with a list of trusted proxies, or "".
func Problem(trusted []netip.Prefix) string {
	for _, prefix := range trusted {
		switch {
		case !prefix.IsValid():
			return "has an entry that is no network"
		case prefix.Bits() == 0:
			return "trusts every address, so that a client could choose its own"
		case prefix.Addr().Is4In6():
			return "has an IPv4 network in the form of IPv6: " + prefix.String()
		}
	}
	return ""
}
