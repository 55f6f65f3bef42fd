package quota

import (
	"net/http"
	"strconv"
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
	return u.items(func(item []byte, l limited) []byte {
		item = strconv.AppendInt(append(item, ";r="...), int64(l.left), 10)
		return append(append(item, ";t="...), wire.Seconds(l.lasts())...)
	})
}

// policy returns the RateLimit-Policy header field.
func (u Usage) policy() string {
	return u.items(func(item []byte, l limited) []byte {
		item = strconv.AppendInt(append(item, ";q="...), int64(l.quota), 10)
		return append(append(item, ";w="...), wire.Seconds(window)...)
	})
}

// items returns one item for each quota: its name, and the parameters that are appended to it.
func (u Usage) items(parameters func(item []byte, l limited) []byte) string {
	text := make([]byte, 0, 128)
	for i, l := range u.limited {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(append(append(text, '"'), u.class...), '-')
		text = parameters(append(append(text, l.holder...), '"'), l)
	}
	return string(text)
}

// Describe adds to the header fields of draft-ietf-httpapi-ratelimit-headers-11
// one item for each quota. Without limits it adds none. A request that counts in
// two classes has the items of both, in one field.
func (u Usage) Describe(h http.Header) {
	if len(u.limited) == 0 {
		return
	}
	add(h, "Ratelimit-Policy", u.policy())
	add(h, "Ratelimit", u.String())
}

// add adds items to the one header field of a name, which is in its canonical form.
func add(h http.Header, name, items string) {
	if before := h.Get(name); before != "" {
		items = before + ", " + items
	}
	h[name] = []string{items}
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
