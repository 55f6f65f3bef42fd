// Package setting checks single settings of applications. Each function returns
// what is wrong as the rest of a sentence that begins with the setting, or an empty
// text.
package setting

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// ClientID demands an id that can be sent (RFC 6749 appendix A.1) and
// given as an argument of a command.
func ClientID(id string) string {
	unprintable := func(r rune) bool { return r <= ' ' || r > '~' }
	if id == "" || len(id) > 255 || id[0] == '-' || strings.IndexFunc(id, unprintable) >= 0 {
		return "must be 1 to 255 printable ASCII characters without spaces, and not begin with a hyphen"
	}
	return ""
}

// Name demands a text of which people see something.
func Name(name string) string {
	lineBreak := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch {
	case strings.TrimSpace(name) == "":
		return "must not be empty"
	case strings.IndexFunc(name, visible) < 0:
		return "must have a visible character"
	case !utf8.ValidString(name) || strings.IndexFunc(name, lineBreak) >= 0:
		return "must be UTF-8 without control characters and line breaks"
	case utf8.RuneCountInString(name) > 255:
		return "has more than 255 characters"
	}
	return ""
}

// visible reports whether a character is drawn as anything on its own (UAX #44,
// Default_Ignorable_Code_Point). One that is newer than the tables of this program is.
func visible(r rune) bool {
	return !unicode.In(r, unicode.White_Space, unicode.Z, unicode.Cc, unicode.Cf, unicode.M,
		unicode.Other_Default_Ignorable_Code_Point) && r != '\u2800'
}

// Domains demands domains whose owners decide who has an address in them, unless public
// suffixes are accepted.
func Domains[T ~string](list []T, suffixes bool, parse func(string) (T, error)) string {
	public := slices.IndexFunc(list, func(d T) bool { return address.Public(string(d)) })
	if public >= 0 && !suffixes {
		return fmt.Sprintf("%q is a public suffix, in which anyone may get an address; it needs PublicSuffixes",
			string(list[public]))
	}
	return List(list, parse, "a domain, such as example.com or *.example.com")
}

// Reach demands one of the two reaches, or none.
func Reach[T ~string](reach, own, user T) string {
	if reach != "" && reach != own && reach != user {
		return "must be own or user"
	}
	return ""
}

// RefusalStatus demands one that tells a client to ask for something else (RFC 9110
// §15.5): not who it is, and not when it may come again.
func RefusalStatus(status int) string {
	if !slices.Contains([]int{0, 400, 403, 404, 422}, status) {
		return fmt.Sprintf("must be 400, 403, 404 or 422, not %d", status)
	}
	return ""
}

// RateLimits demands limits that a directory can keep as a text: a quota has
// both of its numbers.
func RateLimits(limits rates.Limits) string {
	text := limits.String()
	if _, err := rates.Parse(text); text != "" && err != nil {
		return "have a part that cannot be kept: " + err.Error()
	}
	return ""
}

// List demands the form that the parser returns: an entry in another
// form would cover no user.
func List[T ~string](list []T, parse func(string) (T, error), what string) string {
	for _, entry := range list {
		if parsed, err := parse(string(entry)); err != nil || parsed != entry {
			return fmt.Sprintf("%q is not %s in lower-case ASCII", string(entry), what)
		}
	}
	return ""
}

// Seconds demands whole seconds, the unit of the exp claim (RFC 7519
// §2), within the bounds.
func Seconds(ttl, least, most time.Duration) string {
	if ttl < least || ttl > most || ttl%time.Second != 0 {
		return fmt.Sprintf("must be whole seconds from %v to %v, not %v", least, most, ttl)
	}
	return ""
}

// Life demands Seconds, or zero for the default.
func Life(ttl, least, most time.Duration) string {
	if ttl == 0 {
		return ""
	}
	return Seconds(ttl, least, most)
}

// Scopes demands the form of scopes.
func Scopes(set scopes.Set) string {
	for _, scope := range set.List() {
		if !scope.Valid() {
			return fmt.Sprintf("%q is not a scope", string(scope))
		}
	}
	return ""
}

// Label demands a note that fits on a line of a list.
func Label(label string) string {
	lineBreak := func(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }
	if !utf8.ValidString(label) || strings.ContainsFunc(label, lineBreak) || utf8.RuneCountInString(label) > 255 {
		return "must be at most 255 characters of UTF-8, without control characters and line breaks"
	}
	return ""
}

// maxUsers bounds the lists of users.
const maxUsers = 1000

// Users demands either any user, or lists of domains and addresses with so many
// entries.
func Users(any bool, domains, emails int) string {
	switch {
	case any && domains+emails > 0:
		return "allows any user, and lists domains or addresses as well"
	case domains > maxUsers || emails > maxUsers:
		return fmt.Sprintf("lists more than %d domains or addresses", maxUsers)
	}
	return ""
}
