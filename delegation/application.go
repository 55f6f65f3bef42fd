package delegation

import (
	"context"
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/scopes"
)

// Errors of the directory contracts.
var (
	ErrApplicationNotFound = errors.New("delegation: no such application")
	ErrSecretNotFound      = errors.New("delegation: no such secret")
)

// Applications finds registered applications. Implementations are safe for
// concurrent use, and answer from the present state: the [Authority] asks on
// every request, so that a change bites on the next one. Any error but the two
// above means that the directory could not answer. The conformance suite is
// delegationtest.Applications.
type Applications interface {
	// Application returns the application with exactly this client id,
	// active or not, or ErrApplicationNotFound.
	Application(ctx context.Context, clientID string) (Application, error)

	// ApplicationSecret returns the application with exactly this client id
	// and its secret with exactly this secret id, in one look-up. Without
	// the application: ErrApplicationNotFound. Without the secret, or if it
	// is another application's: the application and ErrSecretNotFound.
	// Disabled applications and disabled or expired secrets are returned as
	// they are: the Authority decides.
	ApplicationSecret(ctx context.Context, clientID, secretID string) (Application, StoredSecret, error)
}

// Application is an external program, registered by an operator. The zero
// value may do nothing.
type Application struct {
	// ClientID identifies the application: at most 255 printable ASCII
	// characters.
	ClientID string
	// Name is for people; it is shown as the source of rooms: at most 255
	// characters of UTF-8, without control characters and line breaks.
	Name string
	// Active is false for a disabled application: it gets no token, and its
	// tokens stop working.
	Active bool
	// Scopes are the actions it was granted. Its tokens permit no others.
	Scopes scopes.Set
	// Policy says which users it may act for.
	Policy Policy
	// Provision allows that an unknown user whom the policy covers is created,
	// if the directory of users can do that.
	Provision bool
	// Undelegated allows tokens that act for no user.
	Undelegated bool
	// Reach says which rooms of its users it may see.
	Reach Reach
	// Keys verify what it signs (RFC 7523). Once it has any, its secrets are
	// refused, unless SecretsToo.
	Keys       []Key
	SecretsToo bool
	// JWTBearer allows the grant by an assertion that names the user.
	JWTBearer bool
	// ResourceServer allows it to introspect the tokens of others.
	ResourceServer bool
	// Generation grows by one whenever all of its tokens are ended. A token of
	// another generation is refused.
	Generation int64
	// NothingTakenBack is said by a directory that is [Revocations] too, and
	// knows that the Status of every user and token of this application is
	// zero: the Authority does not ask for it then. False is always right.
	NothingTakenBack bool
	// TokenTTL is the life of its tokens, between [MinTokenTTL] and
	// [MaxTokenTTL]; zero means the Authority's default.
	TokenTTL time.Duration
	// CreatedAt and UpdatedAt are in UTC, with microseconds.
	CreatedAt, UpdatedAt time.Time
}

// Reach says how far an application sees. The zero value is the least:
// [ReachOwn].
type Reach string

// The reaches of an application.
const (
	ReachOwn  Reach = "own"  // rooms that it created itself
	ReachUser Reach = "user" // all rooms of the user it acts for
)

// StoredSecret is what a directory keeps of a client secret: never the secret.
type StoredSecret struct {
	// ID is the public id, [Secret.ID].
	ID string
	// MAC is [Pepper.MAC] of the client id and the secret.
	MAC []byte
	// Imported says that another product made the secret, of which its own hash
	// is kept. MAC is empty until the secret was first seen.
	Imported bool
	// Label is the operator's note on it.
	Label string
	// Disabled secrets are refused.
	Disabled bool
	// ExpiresAt is when it stops working; zero means never.
	ExpiresAt time.Time
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
	// LastUsedAt is about when it was last used, to the hour; zero means
	// never, as far as the directory knows.
	LastUsedAt time.Time
}

// ImportedSecretID is the id of the secret that an application brought along
// from another product. It has at most one.
const ImportedSecretID = "imported"

// usable reports whether the secret may be used at the time now.
func (s StoredSecret) usable(now time.Time) (Reason, bool) {
	switch {
	case s.Disabled:
		return ReasonSecretDisabled, false
	case !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt):
		return ReasonSecretExpired, false
	}
	return "", true
}
