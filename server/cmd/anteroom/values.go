package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

// seconds is a duration on the command line: 10m, 1h30m, or a bare number of seconds.
type seconds time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *seconds) UnmarshalText(text []byte) error {
	if n, err := strconv.Atoi(string(text)); err == nil {
		*s = seconds(time.Duration(n) * time.Second)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("expected a duration such as 10m, or a number of seconds, but got %q", text)
	}
	*s = seconds(d)
	return nil
}

// limits are rate limits on the command line: off, or creates=600/60 and so on, or
// nothing.
type limits rates.Limits

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *limits) UnmarshalText(text []byte) (err error) {
	var parsed rates.Limits
	if len(text) > 0 {
		parsed, err = rates.Parse(string(text))
	}
	*l = limits(parsed)
	return err
}

// networks are networks on the command line, between commas: 10.0.0.0/8,::1.
type networks []netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler. A bare address is a network
// of its own.
func (n *networks) UnmarshalText(text []byte) error {
	*n = nil
	for _, word := range words([]string{string(text)}) {
		prefix, err := netip.ParsePrefix(word)
		if addr, bare := netip.ParseAddr(word); bare == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("expected networks such as 10.0.0.0/8,::1, but got %q", word)
		}
		*n = append(*n, prefix)
	}
	return nil
}

// moment is a point in time on the command line: a date, a time by RFC 3339, or a duration from
// now.
type moment string

// resolve returns the point in time; empty means never.
func (m moment) resolve(now time.Time) (time.Time, error) {
	if m == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, string(m)); err == nil {
			return t.UTC(), nil
		}
	}
	var s seconds
	if err := s.UnmarshalText([]byte(m)); err != nil {
		return time.Time{}, usagef("--expires: expected a date such as 2027-01-31, a time such as 2027-01-31T12:00:00Z or a duration such as 720h, but got %q", string(m))
	}
	return now.Add(time.Duration(s)), nil
}

// words splits the values of a list flag, which may be repeated and hold several words each,
// between commas or spaces.
func words(values []string) []string {
	var list []string
	for _, value := range values {
		list = append(list, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return list
}

// parseAddress reads an address that an operator wrote: the domain may be in Unicode.
func parseAddress(text string) (delegation.Email, error) {
	local, domain, _ := strings.Cut(text, "@")
	ascii, err := delegation.ParseDomain(domain)
	if err != nil {
		return "", delegation.ErrEmail
	}
	return delegation.ParseEmail(local + "@" + string(ascii))
}

// parseEach parses every word of a list flag.
func parseEach[T any](flag string, words []string, parse func(string) (T, error)) ([]T, error) {
	list := make([]T, 0, len(words))
	for _, word := range words {
		element, err := parse(word)
		if err != nil {
			return nil, usagef("%s: %q: %v", flag, word, err)
		}
		list = append(list, element)
	}
	return list, nil
}

// set changes the target if a flag was given.
func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}
