package quota

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// window is what quotas are for.
const window = time.Minute

// Meters count the requests of each class. They are safe for concurrent use.
type Meters struct {
	now   func() time.Time
	class map[Class]*meter // none if the limits are off
}

// meter counts the requests of one class: those of each application, and those of
// each application for each user.
type meter struct {
	class        Class
	quota        Quota
	mu           sync.Mutex
	applications *Limiters[string]
	users        *Limiters[userOf]
}

type userOf struct{ application, user string }

// NewMeters returns a meter for each class.
func NewMeters(limits Limits, now func() time.Time) *Meters {
	m := &Meters{now: now, class: map[Class]*meter{}}
	if limits.Off {
		return m
	}
	limits = limits.complete()
	for _, c := range classes() {
		quota := *limits.quota(c)
		m.class[c] = &meter{
			class: c, quota: quota,
			applications: NewLimiters[string](quota.Application, window),
			users:        NewLimiters[userOf](quota.User, window),
		}
	}
	return m
}

// Count counts a request of an application, on behalf of a user unless that is
// empty, and returns what is left of the quotas. A request that is refused is
// not counted.
func (m *Meters) Count(c Class, application, user string) Usage {
	meter := m.class[c]
	if meter == nil {
		return Usage{}
	}
	return meter.count(application, user, m.now())
}

func (m *meter) count(application, user string, now time.Time) Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := Usage{meter: m, limited: []limited{{"application", m.quota.Application, 0}}}
	limiters := []*rate.Limiter{m.applications.Of(application, now)}
	if user != "" {
		u.limited = append(u.limited, limited{"user", m.quota.User, 0})
		limiters = append(limiters, m.users.Of(userOf{application, user}, now))
	}
	u.Wait = Take(now, limiters...)
	for i, one := range limiters {
		u.limited[i].left = one.TokensAt(now)
	}
	return u
}

// Usage is what is left of quotas after a request. The zero value is that of no
// limits.
type Usage struct {
	// Wait is how long to wait before the next attempt. Zero means that the request
	// was counted.
	Wait    time.Duration
	meter   *meter
	limited []limited
}

// limited is one quota and what is left of it.
type limited struct {
	holder string
	quota  int
	left   float64
}

// String returns the RateLimit header field.
func (u Usage) String() string {
	items := make([]string, len(u.limited))
	for i, l := range u.limited {
		items[i] = fmt.Sprintf(`"%s-%s";r=%d;t=%s`, u.meter.class, l.holder, int(l.left), wire.Seconds(l.lasts()))
	}
	return strings.Join(items, ", ")
}

// policy returns the RateLimit-Policy header field.
func (u Usage) policy() string {
	items := make([]string, len(u.limited))
	for i, l := range u.limited {
		items[i] = fmt.Sprintf(`"%s-%s";q=%d;w=%s`, u.meter.class, l.holder, l.quota, wire.Seconds(window))
	}
	return strings.Join(items, ", ")
}

// Describe sets the header fields of draft-ietf-httpapi-ratelimit-headers-11, one
// item for each quota. Without limits it sets none.
func (u Usage) Describe(h http.Header) {
	if u.meter == nil {
		return
	}
	h.Set("RateLimit-Policy", u.policy())
	h.Set("RateLimit", u.String())
}

// lasts returns the effective window (§4.1.2) of what is left: how long it lasts
// at the pace of the quota. A client that divides the one by the other therefore
// never asks for more than the quota (§6). If nothing is left, it is how long
// until there is, as in Retry-After.
func (l limited) lasts() time.Duration {
	perSecond := float64(pace(l.quota, window))
	if l.left < 1 {
		return time.Duration((1 - l.left) / perSecond * float64(time.Second))
	}
	return time.Duration(float64(int(l.left)) / perSecond * float64(time.Second))
}
