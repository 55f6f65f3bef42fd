package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Challenge is the kind of a WWW-Authenticate header field.
type Challenge int

// The challenges. Those of tokens are for calls with a token, that of Basic for
// the endpoints at which clients authenticate.
const (
	NoChallenge    Challenge = iota
	TokenChallenge           // RFC 6750 §3: the caller did not try, so no error is named
	TokenError               // RFC 6750 §3.1, RFC 9449 §7.1: with the error
	BasicChallenge           // RFC 6749 §5.2
)

// Realm is that of every challenge.
const Realm = "external-api"

// Challenges tell callers how to authenticate with a token, or otherwise.
type Challenges struct {
	// MetadataURL is where the metadata of the protected resource are (RFC 9728 §5.1).
	MetadataURL string
	// Algorithms are those of proofs of possession, with spaces between them. Empty
	// means that the scheme DPoP is not accepted.
	Algorithms string
	// Others follow, as they are: what is accepted beside tokens.
	Others string
	// Proved is true if the request used the scheme DPoP.
	Proved bool
}

// of returns the header field for an error of a call with a token; empty for none. The
// scheme that the caller used stands first and has the error; of a caller who did not
// prove who they are every scheme is named.
func (c Challenges) of(e Error) string {
	if e.Challenge != TokenChallenge && e.Challenge != TokenError {
		return ""
	}
	known := fmt.Sprintf(`realm="`+Realm+`", resource_metadata="%s"`, c.MetadataURL)
	schemes := []string{"Bearer " + known}
	if c.Algorithms != "" {
		schemes = append(schemes, "DPoP "+known+`, algs="`+c.Algorithms+`"`)
	}
	if c.Proved {
		slices.Reverse(schemes)
	}
	if e.Challenge == TokenError {
		schemes[0] += fmt.Sprintf(`, error="%s", error_description="%s"`, e.Code, e.Detail)
		if e.Scope != "" {
			schemes[0] += fmt.Sprintf(`, scope="%s"`, e.Scope)
		}
	}
	if e.Status != http.StatusUnauthorized {
		return schemes[0]
	}
	return strings.Join(schemes, ", ") + c.Others
}
