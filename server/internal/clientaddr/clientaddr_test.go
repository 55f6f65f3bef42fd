package clientaddr_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/clientaddr"
)

func networks(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestOf(t *testing.T) {
	proxies := networks("10.0.0.0/8", "2001:db8::/32", "127.0.0.1/32")
	tests := map[string]struct {
		connection    string
		fields        []string
		trusted       []netip.Prefix
		remote, whole string
	}{
		"no proxy is trusted":      {"10.0.0.1:99", []string{"192.0.2.1"}, nil, "10.0.0.1:99", "10.0.0.1/32"},
		"not from a trusted proxy": {"192.0.2.9:99", []string{"192.0.2.1"}, proxies, "192.0.2.9:99", "192.0.2.9/32"},
		"no field":                 {"10.0.0.1:99", nil, proxies, "10.0.0.1:99", "10.0.0.1/32"},
		"an empty field":           {"10.0.0.1:99", []string{""}, proxies, "10.0.0.1:99", "10.0.0.1/32"},
		"one hop":                  {"10.0.0.1:99", []string{"192.0.2.1"}, proxies, "192.0.2.1", "192.0.2.1/32"},
		"the client wrote more": {"10.0.0.1:99", []string{"203.0.113.1, 10.9.9.9, 192.0.2.1"}, proxies,
			"192.0.2.1", "192.0.2.1/32"},
		"the client wrote nonsense": {"10.0.0.1:99", []string{"x, 192.0.2.1"}, proxies, "192.0.2.1", "192.0.2.1/32"},
		"past trusted hops": {"10.0.0.1:99", []string{"192.0.2.1 ,10.0.0.2,\t10.0.0.3"}, proxies,
			"192.0.2.1", "192.0.2.1/32"},
		"several fields are one": {"10.0.0.1:99", []string{"203.0.113.1", "192.0.2.1", "10.0.0.2"}, proxies,
			"192.0.2.1", "192.0.2.1/32"},
		"all are trusted": {"10.0.0.1:99", []string{"10.0.0.3, 10.0.0.2"}, proxies, "10.0.0.3", "10.0.0.3/32"},
		"malformed": {"10.0.0.1:99", []string{"192.0.2.1, unknown"}, proxies,
			"10.0.0.1:99", "10.0.0.1/32"},
		"malformed past a hop": {"10.0.0.1:99", []string{"192.0.2.1, _x, 10.0.0.2"}, proxies,
			"10.0.0.1:99", "10.0.0.1/32"},
		"an empty hop":   {"10.0.0.1:99", []string{"192.0.2.1,"}, proxies, "10.0.0.1:99", "10.0.0.1/32"},
		"a leading zero": {"10.0.0.1:99", []string{"192.0.2.01"}, proxies, "10.0.0.1:99", "10.0.0.1/32"},
		"a port":         {"10.0.0.1:99", []string{"192.0.2.1:4711"}, proxies, "192.0.2.1", "192.0.2.1/32"},
		"IPv6": {"[2001:db8::1]:99", []string{"2001:db9:1:2:3::4"}, proxies,
			"2001:db9:1:2:3::4", "2001:db9:1:2::/64"},
		"IPv6 in brackets": {"[2001:db8::1]:99", []string{"[2001:db9::4]"}, proxies,
			"2001:db9::4", "2001:db9::/64"},
		"IPv6 and a port": {"[2001:db8::1]:99", []string{"[2001:db9::4]:80"}, proxies,
			"2001:db9::4", "2001:db9::/64"},
		"half a bracket": {"10.0.0.1:99", []string{"[2001:db9::4"}, proxies, "10.0.0.1:99", "10.0.0.1/32"},
		"IPv4 in the form of IPv6": {"[::ffff:10.0.0.1]:99", []string{"::ffff:192.0.2.1"}, proxies,
			"192.0.2.1", "192.0.2.1/32"},
		"a zone":                  {"[fe80::1%eth0]:99", nil, proxies, "[fe80::1%eth0]:99", "fe80::/64"},
		"a connection without IP": {"@", []string{"192.0.2.1"}, proxies, "@", "invalid Prefix"},
		"a field of 30 KB": {"10.0.0.1:99", []string{strings.Repeat("10.0.0.9,", 3000) + "192.0.2.1"}, proxies,
			"192.0.2.1", "192.0.2.1/32"},
		"a network that is not zero": {"10.1.2.3:99", []string{"192.0.2.1"},
			[]netip.Prefix{netip.PrefixFrom(netip.MustParseAddr("10.9.9.9"), 8)},
			"192.0.2.1", "192.0.2.1/32"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			r := &http.Request{RemoteAddr: test.connection, Header: http.Header{"X-Forwarded-For": test.fields}}
			client := clientaddr.Of(r, test.trusted)
			is.Equal(client.Remote, test.remote)          // what the log shows
			is.Equal(client.Network.String(), test.whole) // what failures are counted for
		})
	}
}

func TestForwardedIsNotRead(t *testing.T) {
	is := is.New(t)
	r := &http.Request{RemoteAddr: "10.0.0.1:99", Header: http.Header{"Forwarded": {"for=192.0.2.1"}}}
	is.Equal(clientaddr.Of(r, networks("10.0.0.0/8")).Remote, "10.0.0.1:99") // of two fields one is believed
}

func TestProblem(t *testing.T) {
	is := is.New(t)
	is.Equal(clientaddr.Problem(nil), "")
	is.Equal(clientaddr.Problem(networks("10.0.0.0/8", "::1/128")), "")
	for _, wrong := range [][]netip.Prefix{
		networks("0.0.0.0/0"), networks("10.0.0.0/8", "::/0"), {netip.Prefix{}}, networks("::ffff:10.0.0.0/104"),
	} {
		is.True(clientaddr.Problem(wrong) != "") // it would believe everything, or nothing
	}
}

// FuzzOf holds that a client is who the trusted proxy next to it saw, whatever
// stands before.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{"", "192.0.2.7", "10.0.0.1, x", ",,", "[::1]:80, 10.0.0.2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, before string) {
		is := is.New(t)
		header := http.Header{"X-Forwarded-For": {before, "198.51.100.1", "10.0.0.2"}}
		r := &http.Request{RemoteAddr: "10.0.0.1:99", Header: header}
		is.Equal(clientaddr.Of(r, networks("10.0.0.0/8")).Remote, "198.51.100.1")
	})
}
