package quota

import (
	"context"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

// Holder is whose quotas a request counts against.
type Holder struct {
	ClientID string
	// UserID is empty for a request on behalf of no user.
	UserID string
	// Own are the limits that the application has instead of the server's.
	Own rates.Limits
}

// Meters count the requests of each class. They are safe for concurrent use if the
// counter is.
type Meters struct {
	limits  rates.Limits
	counter rates.Counter
	places  *Places
}

// NewMeters returns meters with the limits of a server, and the defaults for what
// those do not set.
func NewMeters(limits rates.Limits, counter rates.Counter) *Meters {
	if limits.Off {
		limits = rates.Limits{Off: true}
	} else {
		limits = limits.Or(rates.Default())
	}
	return &Meters{limits: limits, counter: counter, places: NewPlaces()}
}

// Count counts a request and returns what is left of the quotas. A request that is
// refused is not counted. It returns an error if the counter could not count.
func (m *Meters) Count(ctx context.Context, class rates.Class, holder Holder) (Usage, error) {
	quota := m.inForce(holder.Own, func(l rates.Limits) bool { return l.Of(class) != (rates.Quota{}) }).Of(class)
	usage := Usage{class: class}
	var buckets []rates.Bucket
	add := func(name, userID string, quota int) {
		if quota > 0 {
			buckets = append(buckets, rates.Bucket{Class: class, ClientID: holder.ClientID, UserID: userID, Quota: quota})
			usage.limited = append(usage.limited, limited{name, quota, 0})
		}
	}
	add("application", "", quota.Application)
	if holder.UserID != "" {
		add("user", holder.UserID, quota.User)
	}
	if len(buckets) == 0 {
		return Usage{}, nil
	}
	taken, err := m.counter.Take(ctx, buckets)
	if err != nil {
		return Usage{}, err
	}
	usage.Wait = taken.Wait
	for i := range taken.Left {
		usage.limited[i].left = taken.Left[i]
	}
	return usage, nil
}

// Enter takes one of the places for expensive requests of the application, and
// returns the function that gives it back. It returns false if all are taken.
func (m *Meters) Enter(holder Holder) (leave func(), entered bool) {
	limits := m.inForce(holder.Own, func(l rates.Limits) bool { return l.Concurrent != 0 })
	return m.places.Enter(holder.ClientID, limits.Concurrent)
}

// inForce returns the limits that count: those of the application where it has any
// of its own, also beside a server without limits, else the server's. The zero
// value limits nothing.
func (m *Meters) inForce(own rates.Limits, set func(rates.Limits) bool) rates.Limits {
	switch {
	case own.Off:
		return rates.Limits{}
	case set(own):
		return own.Or(m.limits)
	case m.limits.Off:
		return rates.Limits{}
	}
	return m.limits
}
