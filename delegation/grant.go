package delegation

import (
	"time"

	"github.com/anteroom-go/anteroom/scopes"
)

// Grant is what a verified token allows at the moment of verifying, which may
// be less than at the moment of issuing.
type Grant struct {
	// Application is who acts, as registered now.
	Application Application
	// User is for whom. Only meaningful if Delegated.
	User User
	// Delegated is false for a token that acts for no user.
	Delegated bool
	// Scopes are the token's that the application still holds.
	Scopes scopes.Set
	// TokenID is the token's jti.
	TokenID string
	// IssuedAt and ExpiresAt are the token's iat and exp, in UTC.
	IssuedAt, ExpiresAt time.Time
}

// Require returns nil if the action is granted, else a [*scopes.MissingError].
func (g Grant) Require(s scopes.Scope) error { return g.Scopes.Require(s) }
