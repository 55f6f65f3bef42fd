package server

import (
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/identity"
)

// What an [Authenticator] returns for a request that it does not accept.
var (
	// ErrNoCredentials means that the request has none of its credentials.
	ErrNoCredentials = identity.ErrNoCredentials
	// ErrCredentials means that the credentials are wrong, expired or taken back. The caller learns no more; wrap it to
	// tell operators why.
	ErrCredentials = identity.ErrCredentials
)

// Authenticator accepts credentials of a host's own beside our tokens, such as an API key or a session.
type Authenticator struct {
	// Scheme names it in the WWW-Authenticate field of a 401 (RFC 9110 §11.6.1), behind Bearer: a word such as ApiKey.
	// Required. Credentials may stand in another place than the Authorization field.
	Scheme string
	// Authenticate returns what the credentials of a request permit: the ids of a registered application and, if
	// Delegated, of the user, and the scopes. It returns an error that is ErrNoCredentials or ErrCredentials for a request
	// that it does not accept; any other one means that it could not decide, and is answered 503. It is called in the
	// request's own context, sees no body, must be safe for concurrent use, and may be called twice for one request.
	// Required.
	Authenticate func(r *http.Request) (delegation.Grant, error)
}

// methods returns the authenticators in the terms of package identity.
func (c Config) methods() []identity.Method {
	methods := make([]identity.Method, len(c.Authenticators))
	for i, one := range c.Authenticators {
		methods[i] = identity.Method(one)
	}
	return methods
}
