package scopes

import (
	"errors"
	"fmt"
	"strings"
)

// Scope is one permitted action on one kind of resource, written
// resource:action. Two scopes are the same only if they are equal byte for
// byte.
type Scope string

// The scopes of the external API. None implies another.
const (
	RoomsList      Scope = "rooms:list"
	RoomsRetrieve  Scope = "rooms:retrieve"
	RoomsCreate    Scope = "rooms:create"
	RoomsUpdate    Scope = "rooms:update"
	RoomsDelete    Scope = "rooms:delete"
	RoomsAttendees Scope = "rooms:attendees" // everything about the people of a room
	StatsRead      Scope = "stats:read"
)

// Limits of what is parsed, in bytes and in scope tokens. Longer input is
// malformed: no application is granted that much.
const (
	MaxScopeLength = 256 // an e-mail address, the longest token in use, has at most 254
	MaxTokens      = 64
)

// ErrMalformed says that a text is not a scope by the grammar of RFC 6749
// §3.3, or is longer than the limits above.
var ErrMalformed = errors.New("scopes: malformed scope")

// A MissingError says which scope an operation needs that a Set lacks.
type MissingError struct {
	Scope Scope
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("scopes: %q is not granted", string(e.Scope))
}

// Valid reports whether s is one scope-token of RFC 6749 §3.3: one or more
// printable ASCII characters other than space, double quote and backslash.
func (s Scope) Valid() bool {
	if s == "" || len(s) > MaxScopeLength {
		return false
	}
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return false
		}
	}
	return true
}

// tokenByte reports whether c is an NQCHAR of RFC 6749 appendix A.
func tokenByte(c byte) bool {
	return c > ' ' && c <= '~' && c != '"' && c != '\\'
}

// Split cuts a scope parameter into its scope-tokens, in order and with
// repetitions. The grammar is RFC 6749 §3.3 to the letter: tokens separated by
// exactly one space, none before or after. The empty text has no tokens.
// Anything else is [ErrMalformed].
func Split(text string) ([]Scope, error) {
	if text == "" {
		return nil, nil
	}
	if strings.Count(text, " ") >= MaxTokens {
		return nil, ErrMalformed
	}
	var tokens []Scope
	for token := range strings.SplitSeq(text, " ") {
		if !Scope(token).Valid() {
			return nil, ErrMalformed
		}
		tokens = append(tokens, Scope(token))
	}
	return tokens, nil
}
