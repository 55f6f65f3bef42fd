// Package address holds the grammar of e-mail addresses and of domain names. It
// is strict and ASCII, where package net/mail accepts much more.
package address

import "strings"

// Parse returns an address in lower case: a dot-atom (RFC 5322 §3.2.3, without %
// and !), one @ and a host name. Lengths are those of RFC 5321 §4.5.3.1. Ok is
// false for everything else.
func Parse(text string) (address string, ok bool) {
	text = Lower(text)
	local, domain, found := strings.Cut(text, "@")
	if !found || len(text) > 254 || !dotAtom(local) || !Host(domain) {
		return "", false
	}
	return text, true
}

// dotAtom reports whether s is an acceptable local part.
func dotAtom(s string) bool {
	if len(s) > 64 {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.IndexFunc(atom, notAtext) >= 0 {
			return false
		}
	}
	return true
}

func notAtext(r rune) bool {
	return !Alphanumeric(r) && !strings.ContainsRune("#$&'*+-/=?^_`{|}~", r)
}

// Host reports whether s is a lower-case DNS name of at least two labels that
// cannot be taken for an IPv4 address.
func Host(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	last := ""
	for last = range strings.SplitSeq(s, ".") {
		if !ldhLabel(last) {
			return false
		}
	}
	return strings.Trim(last, "0123456789") != ""
}

// ldhLabel reports whether s is a letter-digit-hyphen label (RFC 1123 §2.1).
func ldhLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !Alphanumeric(r) && r != '-' }) < 0
}

// Alphanumeric reports whether r is an ASCII letter or digit.
func Alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// Lower lowers A to Z and nothing else: strings.ToLower also maps the Kelvin
// sign to k.
func Lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
