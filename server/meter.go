package server

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-go/anteroom/delegation"
)

// window is what quotas are for.
const window = time.Minute

// meter counts the requests of one class: those of each application, and those
// of each application for each user.
type meter struct {
	class        class
	quota        Quota
	now          func() time.Time
	mu           sync.Mutex
	applications *limiters[string]
	users        *limiters[userOf]
}

type userOf struct{ application, user string }

// newMeters returns a meter for each class, or none if the limits are off.
func newMeters(limits RateLimits, now func() time.Time) map[class]*meter {
	meters := map[class]*meter{}
	if limits.Off {
		return meters
	}
	limits = limits.complete()
	for _, c := range classes() {
		quota := *limits.quota(c)
		meters[c] = &meter{
			class: c, quota: quota, now: now,
			applications: newLimiters[string](pace(quota.Application), quota.Application),
			users:        newLimiters[userOf](pace(quota.User), quota.User),
		}
	}
	return meters
}

// pace is how much of a quota comes back in a second.
func pace(quota int) rate.Limit { return rate.Limit(float64(quota) / window.Seconds()) }

// count counts a request if both quotas allow it, else it says how long to wait.
// It returns what is left for the application, and for the user if there is one.
func (m *meter) count(application, user string) (left []float64, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	limiters := []*rate.Limiter{m.applications.of(application, now)}
	if user != "" {
		limiters = append(limiters, m.users.of(userOf{application, user}, now))
	}
	wait = take(now, limiters...)
	for _, limiter := range limiters {
		left = append(left, limiter.TokensAt(now))
	}
	return left, wait
}

// limit counts a request of a grant, and tells the caller what is left.
func (s *Server) limit(w http.ResponseWriter, grant delegation.Grant, c class) error {
	meter, limited := s.meters[c]
	if !limited {
		return nil
	}
	user := ""
	if grant.Delegated {
		user = grant.User.ID
	}
	left, wait := meter.count(grant.Application.ClientID, user)
	h := w.Header()
	meter.describe(h, left)
	if wait > 0 {
		h.Set("Retry-After", seconds(wait))
		return fmt.Errorf("%w %s", errLimited, h.Get("RateLimit")) // the log says which quota it was
	}
	return nil
}

// describe writes the header fields of draft-ietf-httpapi-ratelimit-headers-11,
// one item for each quota.
func (m *meter) describe(h http.Header, left []float64) {
	names, quotas := []string{"application", "user"}, []int{m.quota.Application, m.quota.User}
	var policies, limits []string
	for i, n := range left {
		policies = append(policies, fmt.Sprintf(`"%s-%s";q=%d;w=%s`, m.class, names[i], quotas[i], seconds(window)))
		limits = append(limits, fmt.Sprintf(`"%s-%s";r=%d;t=%s`, m.class, names[i], int(n), seconds(lasts(n, quotas[i]))))
	}
	h.Set("RateLimit-Policy", strings.Join(policies, ", "))
	h.Set("RateLimit", strings.Join(limits, ", "))
}

// lasts is the effective window (§4.1.2) of what is left: how long it lasts at
// the pace of the quota. So nobody who divides the one by the other comes to ask
// for more than the quota (§6). If nothing is left, it is how long until there
// is, which is what Retry-After says.
func lasts(left float64, quota int) time.Duration {
	if left < 1 {
		return time.Duration((1 - left) / float64(pace(quota)) * float64(time.Second))
	}
	return time.Duration(float64(int(left)) / float64(pace(quota)) * float64(time.Second))
}
