package places

import (
	"net"
	"net/url"
)

// IsPlain reports whether a public URL is http and leads to another machine, on the way
// to which everyone reads secrets and tokens (RFC 6749 §3.2, RFC 6750 §5.3).
func IsPlain(publicURL string) bool {
	u, err := url.Parse(publicURL)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := lower(u.Hostname())
	return host != "localhost" && !net.ParseIP(host).IsLoopback()
}
