// Package flagvalue reads the values of flags.
package flagvalue

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms/moment"
)

// Seconds is a duration on the command line: 10m, 1h30m, or a bare number of seconds.
type Seconds time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Seconds) UnmarshalText(text []byte) error {
	if n, err := strconv.Atoi(string(text)); err == nil {
		*s = Seconds(time.Duration(n) * time.Second)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("expected a duration such as 10m, or a number of seconds, but got %q", text)
	}
	*s = Seconds(d)
	return nil
}

// Limits are rate limits on the command line: off, or creates=600/60 and so on, or
// nothing.
type Limits rates.Limits

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Limits) UnmarshalText(text []byte) (err error) {
	var parsed rates.Limits
	if len(text) > 0 {
		parsed, err = rates.Parse(string(text))
	}
	*l = Limits(parsed)
	return err
}

// Networks are networks on the command line, between commas: 10.0.0.0/8,::1.
type Networks []netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler. A bare address is a network
// of its own.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = nil
	for _, word := range Words([]string{string(text)}) {
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

// Moment is a point in time on the command line: a date, a time by RFC 3339, or a duration from
// now.
type Moment string

// At returns the point in time; empty means never.
func (m Moment) At(now time.Time) (time.Time, error) {
	if m == "" {
		return time.Time{}, nil
	}
	if t, err := moment.Parse(string(m)); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, string(m)); err == nil {
		return t, nil
	}
	var s Seconds
	if err := s.UnmarshalText([]byte(m)); err != nil {
		return time.Time{}, fmt.Errorf("expected a date such as 2027-01-31, a time such as 2027-01-31T12:00:00Z "+
			"or a duration such as 720h, but got %q", string(m))
	}
	return now.Add(time.Duration(s)), nil
}

// Words splits the values of a list flag, which may be repeated and hold several words each,
// between commas or spaces.
func Words(values []string) []string {
	var list []string
	for _, value := range values {
		list = append(list, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return list
}

// Address reads an address that an operator wrote: the domain may be in Unicode.
func Address(text string) (delegation.Email, error) {
	local, domain, _ := strings.Cut(text, "@")
	ascii, err := delegation.ParseDomain(domain)
	if err != nil {
		return "", delegation.ErrEmail
	}
	return delegation.ParseEmail(local + "@" + string(ascii))
}
