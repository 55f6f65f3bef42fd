package delegation

import (
	"context"
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// Errors of [Applications].
var (
	ErrApplicationNotFound   = errors.New("delegation: no such application")
	ErrSecretNotFound        = errors.New("delegation: no such secret")
	ErrRevocationUnsupported = errors.New("delegation: single tokens cannot be revoked here")
)

// Applications finds registered applications and what was taken back from them, and takes back. Implementations are
// safe for concurrent use and answer from the present state: the [Authority] asks on every request, so that a change
// counts from the next request on. An error that is not one of the three above means that the directory could not
// answer. The conformance suite is delegationtest.Applications.
//
// A host that keeps revocations in another place wraps an implementation and fills in the [Status]: the Authority
// asks for it for every token, when it is issued and whenever it is used.
type Applications interface {
	// Application returns the application with exactly this client id, active or not, and what was taken back from it
	// for the user and the token. Each of the two ids may be empty; nothing was taken back for it then. It returns
	// ErrApplicationNotFound if there is no such application.
	Application(ctx context.Context, clientID, userID, tokenID string) (Application, Status, error)

	// ApplicationSecret returns the secret with exactly this id of the application with exactly this client id. Disabled
	// and expired secrets are returned as they are: the Authority decides. It returns ErrApplicationNotFound if there is
	// no such application, and ErrSecretNotFound if it has no such secret.
	//
	// It is asked before the secret is known to be right. It does the same work whatever it finds, so that the time
	// tells a caller nothing: it reads no policy and no keys.
	ApplicationSecret(ctx context.Context, clientID, secretID string) (StoredSecret, error)

	// RevokeToken ends one token of an application. The directory may forget it after until, when the token expires. A
	// directory that cannot end single tokens returns ErrRevocationUnsupported.
	RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error

	// RevokeDelegation ends all tokens of one application for one user: the Generation of their Status grows by one. It
	// returns ErrApplicationNotFound if there is no such application.
	RevokeDelegation(ctx context.Context, clientID, userID string) error
}

// Status is what was taken back from an application for one user and one token. The zero Status means that nothing was.
type Status struct {
	// Generation counts how often all tokens of the application for the user were ended. A token of another generation
	// is refused.
	Generation int64
	// OptedOut is true if the user does not want the application to act for them.
	OptedOut bool
	// Revoked is true for a token that was ended.
	Revoked bool
}

// Application is an external program, registered by an operator. The zero value may do nothing.
type Application struct {
	// ClientID identifies the application: 1 to 255 printable ASCII characters without spaces, of which the first is not
	// a hyphen.
	ClientID string
	// Name is for people; it is shown as the source of rooms: at most 255 characters of UTF-8, without control
	// characters and line breaks.
	Name string
	// Active is false for a disabled application: it gets no token, and its tokens stop working.
	Active bool
	// Scopes are the actions that it was granted. Its tokens permit no others.
	Scopes scopes.Set
	// Policy names the users for whom it may act.
	Policy Policy
	// Provision allows that an unknown user whom the policy covers is created. It needs a [Provisioner].
	Provision bool
	// Undelegated allows tokens that act for no user.
	Undelegated bool
	// Reach decides which rooms of its users it sees, changes and deletes.
	Reach Reach
	// Keys verify what it signs (RFC 7523). An application with keys cannot use its secrets, unless SecretsToo.
	Keys       []Key
	SecretsToo bool
	// JWTBearer allows the grant by an assertion that names the user.
	JWTBearer bool
	// TokenEndpointAudience also accepts the URL of the token endpoint as the audience of its assertions, which some
	// libraries send by default. An assertion for the issuer alone cannot have been meant for another server.
	TokenEndpointAudience bool
	// DPoP means that no token of it is good without a proof that the sender holds the key to which the token is
	// bound (RFC 9449): it is issued no other one, and none that it holds is accepted.
	DPoP bool
	// RefusalStatus is the status of every refusal to act for a user, for a client that tells them by it: 400, 403, 404
	// or 422. Zero means 400.
	RefusalStatus int
	// ResourceServer allows it to introspect the tokens of others.
	ResourceServer bool
	// Generation grows by one whenever all of its tokens are ended. A token of another generation is refused.
	Generation int64
	// TokenTTL is the life of its tokens, between [MinTokenTTL] and [MaxTokenTTL]; zero means the Authority's default.
	TokenTTL time.Duration
	// RateLimits are limits of its own. What is zero is as the server has it.
	RateLimits rates.Limits
	// CreatedAt and UpdatedAt are in UTC, with microseconds.
	CreatedAt, UpdatedAt time.Time
}

// Reach decides how far an application goes. The zero value means [ReachOwn], the least.
type Reach string

// The reaches of an application.
const (
	ReachOwn  Reach = "own"  // rooms that it created itself
	ReachUser Reach = "user" // all of the user's, save what is their creators' own
)

// StoredSecret is what a directory keeps of a client secret: never the secret.
type StoredSecret struct {
	// ClientID is the application to which it belongs.
	ClientID string
	// ApplicationActive is [Application.Active], and ApplicationRefuses is true if the application has Keys and not
	// SecretsToo.
	ApplicationActive, ApplicationRefuses bool
	// ID is the public id, [Secret.ID].
	ID string
	// MAC is [RootKeys.MAC] of the client id and the secret.
	MAC []byte
	// Imported is true if another product made the secret. The directory keeps the hash of that product, and MAC is
	// empty, until the secret is used.
	Imported bool
	// Label is the operator's note on it.
	Label string
	// Disabled secrets are refused.
	Disabled bool
	// ExpiresAt is when it stops working; zero means never.
	ExpiresAt time.Time
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
	// LastUsedAt is when it was last used, to the hour; zero means never, as far as the directory knows.
	LastUsedAt time.Time
}

// ImportedSecretID is the id of the secret that an application brought along from another product. It has at most one.
const ImportedSecretID = "imported"

// unusable returns why a right secret cannot be used at the time now, or "".
func (s StoredSecret) unusable(now time.Time) Reason {
	switch {
	case s.Disabled:
		return ReasonSecretDisabled
	case !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt):
		return ReasonSecretExpired
	case s.ApplicationRefuses:
		return ReasonSecretsRefused
	case !s.ApplicationActive:
		return ReasonApplicationDisabled
	}
	return ""
}

// refuse returns a refusal that is about the application.
func (app Application) refuse(err error, reason Reason) error {
	refusal := &Refusal{Err: err, Reason: reason, ClientID: app.ClientID}
	if err == ErrNotDelegable {
		refusal.Status = app.RefusalStatus
	}
	return refusal
}
