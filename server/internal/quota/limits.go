package quota

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
	Reads   Class = "reads"
	Writes  Class = "writes"
	Creates Class = "creates"
)

func classes() []Class { return []Class{Reads, Writes, Creates} }

// Valid reports whether c is one of the classes.
func (c Class) Valid() bool { return c == Reads || c == Writes || c == Creates }

// Limits are the quotas of each class. The zero value has the defaults.
type Limits struct {
	Reads, Writes, Creates Quota
	// Off switches all limits off.
	Off bool
}

// Quota is a number of requests a minute, for one application and for each of its
// users. Zero means the default.
type Quota struct {
	Application, User int
}

// maxQuota is the greatest quota: more than one machine answers in a minute.
const maxQuota = 999_999_999

// Parse returns the limits that a text describes: off, or one to three quotas
// such as reads=6000/600,writes=1000/100,creates=600/60, an application's before
// a user's. What is not named is zero. An error names the part that is wrong.
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
	quota := l.quota(Class(name))
	if quota == nil {
		return errors.New("is not reads=, writes= or creates= and a quota (off stands alone)")
	}
	if *quota != (Quota{}) {
		return fmt.Errorf("has %s for the second time", name)
	}
	application, user, _ := strings.Cut(numbers, "/")
	var ok [2]bool
	quota.Application, ok[0] = quotaNumber(application)
	quota.User, ok[1] = quotaNumber(user)
	if !ok[0] || !ok[1] {
		return fmt.Errorf("is not like %s=600/60: requests a minute for an application and for one user, each from 1 to %d",
			name, maxQuota)
	}
	return nil
}

// quotaNumber reads a number in the one way that String writes it.
func quotaNumber(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	return number, err == nil && number >= 1 && number <= maxQuota && strconv.Itoa(number) == text
}

// String returns the limits with their defaults, as Parse reads them.
func (l Limits) String() string {
	if l.Off {
		return "off"
	}
	l = l.complete()
	var parts []string
	for _, c := range classes() {
		parts = append(parts, fmt.Sprintf("%s=%d/%d", c, l.quota(c).Application, l.quota(c).User))
	}
	return strings.Join(parts, ",")
}

// quota returns the quota of a class, or nil if there is no such class.
func (l *Limits) quota(c Class) *Quota {
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

// complete fills in the defaults.
func (l Limits) complete() Limits {
	l.Reads = l.Reads.or(6000, 600)
	l.Writes = l.Writes.or(1000, 100)
	l.Creates = l.Creates.or(600, 60)
	return l
}

func (q Quota) or(application, user int) Quota {
	return Quota{Application: cmp.Or(q.Application, application), User: cmp.Or(q.User, user)}
}

// Check returns an error that names the class of a quota that is out of range.
func (l Limits) Check() error {
	for _, c := range classes() {
		for _, number := range []int{l.quota(c).Application, l.quota(c).User} {
			if number < 0 || number > maxQuota {
				return fmt.Errorf("has a quota for %s that is not from 1 to %d", c, maxQuota)
			}
		}
	}
	return nil
}
