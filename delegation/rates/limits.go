package rates

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Class is what a request counts as.
type Class string

// The classes.
const (
	Reads   Class = "reads"   // requests that change nothing
	Writes  Class = "writes"  // requests that change or delete something
	Creates Class = "creates" // requests for new rooms, and users who are provisioned
	Tokens  Class = "tokens"  // requests of clients that authenticated: for tokens, and about them
)

// concurrent is the name of the one limit that is not of a class.
const concurrent = "concurrent"

func classes() []Class { return []Class{Reads, Writes, Creates, Tokens} }

// Valid reports whether c is one of the classes.
func (c Class) Valid() bool { return c == Reads || c == Writes || c == Creates || c == Tokens }

// Limits are the quotas of each class, and how many expensive requests are
// answered at once. What is zero is not limited here: by a server it has the
// default, for an application it is what the server has.
type Limits struct {
	// Reads, Writes and Creates have a quota for the application and one for each of
	// its users.
	Reads, Writes, Creates Quota
	// Tokens is how many requests a minute of one application are answered at the
	// endpoints at which clients authenticate.
	Tokens int
	// Concurrent is how many expensive requests of one application are answered at
	// the same time: lists, statistics, attendees read and replaced.
	Concurrent int
	// Off switches all limits off, whatever else is set.
	Off bool
}

// Quota is a number of requests a minute, up to 999,999,999, which may be used at
// once. What was used comes back evenly over the minute.
type Quota struct {
	// Application is for one application, on behalf of all users together.
	Application int
	// User is for one application on behalf of one user. A token without a
	// delegated user has the quota of the application only.
	User int
}

// maxLimit is the greatest limit: more than one machine answers in a minute.
const maxLimit = 999_999_999

// Default returns the limits of a server that sets none.
func Default() Limits {
	return Limits{Reads: Quota{6000, 600}, Writes: Quota{1000, 100}, Creates: Quota{600, 600}, Tokens: 600, Concurrent: 8}
}

// Or returns the limits, and those of others for what is zero.
func (l Limits) Or(others Limits) Limits {
	for _, c := range []Class{Reads, Writes, Creates} {
		own, other := l.pair(c), others.pair(c)
		own.Application, own.User = cmp.Or(own.Application, other.Application), cmp.Or(own.User, other.User)
	}
	l.Tokens, l.Concurrent = cmp.Or(l.Tokens, others.Tokens), cmp.Or(l.Concurrent, others.Concurrent)
	return l
}

// Of returns the quota of a class; tokens have no quota for single users.
func (l Limits) Of(c Class) Quota {
	if quota := l.pair(c); quota != nil {
		return *quota
	}
	if c == Tokens {
		return Quota{Application: l.Tokens}
	}
	return Quota{}
}

// pair returns the quota of a class that has two numbers, or nil.
func (l *Limits) pair(c Class) *Quota {
	switch c {
	case Reads:
		return &l.Reads
	case Writes:
		return &l.Writes
	case Creates:
		return &l.Creates
	}
	return nil
}

// single returns the limit that is one number, or nil.
func (l *Limits) single(name string) *int {
	switch name {
	case string(Tokens):
		return &l.Tokens
	case concurrent:
		return &l.Concurrent
	}
	return nil
}

// Parse returns the limits that a text describes: off, or some of reads=6000/600,
// writes=1000/100, creates=600/600, tokens=600 and concurrent=8, joined by commas;
// an application's quota before a user's. What is not named is zero. An error
// names the part that is wrong.
func Parse(text string) (Limits, error) {
	if text == "off" {
		return Limits{Off: true}, nil
	}
	var limits Limits
	for part := range strings.SplitSeq(text, ",") {
		if err := limits.parse(part); err != nil {
			return Limits{}, fmt.Errorf("%q %w", part, err)
		}
	}
	return limits, nil
}

// parse reads one part.
func (l *Limits) parse(part string) error {
	name, numbers, _ := strings.Cut(part, "=")
	if quota := l.pair(Class(name)); quota != nil {
		return parsePair(name, numbers, quota)
	}
	limit := l.single(name)
	if limit == nil {
		return errors.New("is not reads=, writes= or creates= and a quota, tokens= or concurrent= and a number " +
			"(off stands alone)")
	}
	if *limit != 0 {
		return fmt.Errorf("has %s for the second time", name)
	}
	var ok bool
	if *limit, ok = parseLimit(numbers); !ok {
		return fmt.Errorf("is not like %s=600: one number for an application, from 1 to %d", name, maxLimit)
	}
	return nil
}

func parsePair(name, numbers string, quota *Quota) error {
	if *quota != (Quota{}) {
		return fmt.Errorf("has %s for the second time", name)
	}
	application, user, _ := strings.Cut(numbers, "/")
	var ok [2]bool
	quota.Application, ok[0] = parseLimit(application)
	quota.User, ok[1] = parseLimit(user)
	if !ok[0] || !ok[1] {
		return fmt.Errorf("is not like %s=600/60: requests a minute of an application and of a user, each from 1 to %d",
			name, maxLimit)
	}
	return nil
}

// parseLimit reads a number in the one way that String writes it.
func parseLimit(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	return number, err == nil && number >= 1 && number <= maxLimit && strconv.Itoa(number) == text
}

// String returns the limits that are set, as [Parse] reads them. It returns an
// empty text if none is.
func (l Limits) String() string {
	if l.Off {
		return "off"
	}
	var parts []string
	for _, c := range []Class{Reads, Writes, Creates} {
		if quota := l.Of(c); quota != (Quota{}) {
			parts = append(parts, fmt.Sprintf("%s=%d/%d", c, quota.Application, quota.User))
		}
	}
	for _, name := range []string{string(Tokens), concurrent} {
		if limit := *l.single(name); limit != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, limit))
		}
	}
	return strings.Join(parts, ",")
}

// Check returns an error that names the first limit that is out of range. Its text
// continues a sentence that begins with the limits.
func (l Limits) Check() error {
	for _, c := range classes() {
		for _, number := range []int{l.Of(c).Application, l.Of(c).User} {
			if number < 0 || number > maxLimit {
				return fmt.Errorf("has a quota for %s that is not from 1 to %d", c, maxLimit)
			}
		}
	}
	if l.Concurrent < 0 || l.Concurrent > maxLimit {
		return fmt.Errorf("has a limit of concurrent requests that is not from 1 to %d", maxLimit)
	}
	return nil
}
