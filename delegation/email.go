package delegation

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
)

// ErrEmail means that a text is not an e-mail address that [ParseEmail] accepts. It never repeats the text.
var ErrEmail = errors.New("delegation: not an acceptable e-mail address")

// Email is an e-mail address. What [ParseEmail] returns is in the normal form, ASCII in lower case: two addresses in it
// name the same user only if they are equal, and nothing is stripped from the local part. The Authority passes
// addresses to directories in the normal form, and brings what they return into it.
type Email string

// ParseEmail reads an address from outside: strictly ASCII, a dot-atom (RFC 5322 §3.2.3, without % and !, which once
// routed mail elsewhere), one @, and a domain of at least two letter-digit-hyphen labels whose last is not a number.
// Lengths are those of RFC 5321 §4.5.3.1: 64 for the local part, 253 for the domain, 254 in all. An internationalised
// domain must be in its xn-- form. It returns [ErrEmail] for everything else.
func ParseEmail(text string) (Email, error) {
	email, ok := address.Parse(text)
	if !ok {
		return "", ErrEmail
	}
	return Email(email), nil
}

// Domain returns the part after the @.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(string(e), "@")
	return domain
}

// LogValue keeps addresses out of logs.
func (e Email) LogValue() slog.Value { return slog.StringValue("[address]") }
