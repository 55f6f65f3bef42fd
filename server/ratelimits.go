package server

import "github.com/anteroom-go/anteroom/server/internal/quota"

// RateLimits are how many requests are answered in a minute, for reads, writes and
// creates apart. The zero value has the defaults. A quota may be used at once;
// what was used comes back evenly over the minute.
//
// They are counted in the memory of one [Server]: replicas count each for itself,
// and a restart begins anew.
type RateLimits struct {
	// Reads are requests that change nothing. Default 6000 for an application,
	// 600 for one of its users.
	Reads Quota
	// Writes are requests that change or delete something. Default 1000 and 100.
	Writes Quota
	// Creates are requests for new rooms. Default 600 and 60.
	Creates Quota
	// Off switches all limits off, whatever the quotas are.
	Off bool
}

// Quota is a number of requests a minute, up to 999,999,999. Zero means the
// default.
type Quota struct {
	// Application is for one application, on behalf of all users together.
	Application int
	// User is for one application on behalf of one user. A token without a
	// delegated user has the quota of the application only.
	User int
}

// ParseRateLimits returns the limits that a text describes: off, or one to three
// quotas such as reads=6000/600,writes=1000/100,creates=600/60, an application's
// before a user's. What is not named has its default. An error names the part
// that is wrong.
func ParseRateLimits(text string) (RateLimits, error) {
	limits, err := quota.Parse(text)
	return RateLimits{Quota(limits.Reads), Quota(limits.Writes), Quota(limits.Creates), limits.Off}, err
}

// String returns the limits with their defaults, as [ParseRateLimits] reads them.
func (l RateLimits) String() string { return l.limits().String() }

func (l RateLimits) limits() quota.Limits {
	return quota.Limits{
		Reads: quota.Quota(l.Reads), Writes: quota.Quota(l.Writes), Creates: quota.Quota(l.Creates), Off: l.Off}
}
