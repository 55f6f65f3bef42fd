package wire

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// harmless are the characters that a request id of a caller's may have.
const harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// RequestID returns the caller's id of a request if it is 1 to 64 characters that
// can do no harm in a log, or else a new one.
func RequestID(r *http.Request) string {
	ids := r.Header.Values("X-Request-Id")
	if len(ids) == 1 && ids[0] != "" && len(ids[0]) <= 64 && strings.Trim(ids[0], harmless) == "" {
		return ids[0]
	}
	return uuid.NewString()
}

// IdempotencyKey returns the key of a request; empty if it has none. The draft has
// it as a structured field, a quoted string; most clients send it bare. It returns
// [ErrKey] if the header field is not one of 1 to 255 printable ASCII characters.
func IdempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key, quoted := strings.CutPrefix(values[0], `"`)
	if quoted {
		var closed bool
		key, closed = strings.CutSuffix(key, `"`)
		if !closed || strings.ContainsAny(key, `"\`) {
			return "", ErrKey
		}
	}
	printable := strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > 255 || !printable {
		return "", ErrKey
	}
	return key, nil
}
