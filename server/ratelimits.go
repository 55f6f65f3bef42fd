package server

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// class is what a request counts as.
type class string

const (
	reads   class = "reads"
	writes  class = "writes"
	creates class = "creates"
)

func classes() []class { return []class{reads, writes, creates} }

// RateLimits are how many requests are answered in a minute, for reads, writes
// and creates apart. The zero value has the defaults. A quota may be used at
// once; what was used comes back evenly over the minute.
//
// They are counted in the memory of one [Server]: replicas count each for
// itself, and a restart begins anew.
type RateLimits struct {
	// Reads are requests that change nothing. Default 6000 for an application,
	// 600 for one of its users.
	Reads Quota
	// Writes are requests that change or delete something. Default 1000 and
	// 100.
	Writes Quota
	// Creates are requests for new rooms. Default 600 and 60.
	Creates Quota
	// Off switches all limits off, whatever the quotas are.
	Off bool
}

// Quota is a number of requests a minute, up to 999,999,999. Zero means the
// default.
type Quota struct {
	// Application is for one application, on behalf of whomever.
	Application int
	// User is for one application on behalf of one user. A token without a
	// delegated user has the quota of the application only.
	User int
}

// maxQuota is the greatest quota: more than one machine answers in a minute.
const maxQuota = 999_999_999

// ParseRateLimits reads the text that String writes: off, or one to three quotas
// such as reads=6000/600,writes=1000/100,creates=600/60, an application's before
// a user's. What is not named has its default. An error says which part is
// wrong.
func ParseRateLimits(text string) (RateLimits, error) {
	if text == "off" {
		return RateLimits{Off: true}, nil
	}
	var limits RateLimits
	for part := range strings.SplitSeq(text, ",") {
		if err := limits.parse(part); err != nil {
			return RateLimits{}, fmt.Errorf("%q %w", part, err)
		}
	}
	return limits, nil
}

// parse reads one part.
func (l *RateLimits) parse(part string) error {
	name, numbers, _ := strings.Cut(part, "=")
	quota := l.quota(class(name))
	if quota == nil {
		return errors.New("is not reads=, writes= or creates= and a quota (off stands alone)")
	}
	if *quota != (Quota{}) {
		return fmt.Errorf("says %s for the second time", name)
	}
	application, user, _ := strings.Cut(numbers, "/")
	var ok [2]bool
	quota.Application, ok[0] = quotaNumber(application)
	quota.User, ok[1] = quotaNumber(user)
	if !ok[0] || !ok[1] {
		return fmt.Errorf("is not like %s=600/60: requests a minute for an application and for one user, each from 1 to %d", name, maxQuota)
	}
	return nil
}

// quotaNumber reads a number in the one way that String writes it.
func quotaNumber(text string) (int, bool) {
	if !consists(text, 1, 9, digits) || text[0] == '0' {
		return 0, false
	}
	number, err := strconv.Atoi(text)
	return number, err == nil
}

// String writes the limits with their defaults.
func (l RateLimits) String() string {
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
func (l *RateLimits) quota(c class) *Quota {
	switch c {
	case reads:
		return &l.Reads
	case writes:
		return &l.Writes
	case creates:
		return &l.Creates
	}
	return nil
}

// complete fills in the defaults.
func (l RateLimits) complete() RateLimits {
	l.Reads = l.Reads.or(6000, 600)
	l.Writes = l.Writes.or(1000, 100)
	l.Creates = l.Creates.or(600, 60)
	return l
}

func (q Quota) or(application, user int) Quota {
	return Quota{Application: cmp.Or(q.Application, application), User: cmp.Or(q.User, user)}
}

func (l RateLimits) validate() error {
	for _, c := range classes() {
		for _, number := range []int{l.quota(c).Application, l.quota(c).User} {
			if number < 0 || number > maxQuota {
				return fmt.Errorf("Config.RateLimits has a quota for %s that is not from 1 to %d", c, maxQuota)
			}
		}
	}
	return nil
}
