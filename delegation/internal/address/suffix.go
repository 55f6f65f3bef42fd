package address

import "golang.org/x/net/publicsuffix"

// PublicSuffix reports whether a host name is one below which anyone may register names, such
// as co.uk or github.io (https://publicsuffix.org).
func PublicSuffix(host string) bool {
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix == host
}
