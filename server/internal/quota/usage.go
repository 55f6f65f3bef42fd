package quota

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Usage is what is left of quotas after a request. The zero value is that of no
// limits.
type Usage struct {
	// Wait is how long to wait before the next attempt. Zero means that the request
	// was counted.
	Wait    time.Duration
	class   rates.Class
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
		items[i] = fmt.Sprintf(`"%s-%s";r=%d;t=%s`, u.class, l.holder, int(l.left), wire.Seconds(l.lasts()))
	}
	return strings.Join(items, ", ")
}

// policy returns the RateLimit-Policy header field.
func (u Usage) policy() string {
	items := make([]string, len(u.limited))
	for i, l := range u.limited {
		items[i] = fmt.Sprintf(`"%s-%s";q=%d;w=%s`, u.class, l.holder, l.quota, wire.Seconds(window))
	}
	return strings.Join(items, ", ")
}

// Describe adds to the header fields of draft-ietf-httpapi-ratelimit-headers-11
// one item for each quota. Without limits it adds none. A request that counts in
// two classes has the items of both, in one field.
func (u Usage) Describe(h http.Header) {
	if len(u.limited) == 0 {
		return
	}
	for name, items := range map[string]string{"RateLimit-Policy": u.policy(), "RateLimit": u.String()} {
		if before := h.Get(name); before != "" {
			items = before + ", " + items
		}
		h.Set(name, items)
	}
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
