package delegation

import (
	"context"

	"github.com/anteroom-go/anteroom/scopes"
)

// EventKind is what happened.
type EventKind string

// The kinds of events.
const (
	EventTokenIssued  EventKind = "token.issued"
	EventTokenRefused EventKind = "token.refused"
	// EventTokenRevoked means that one token was ended or, without a TokenID, all of an application, all for a user, or
	// all of one for the other.
	EventTokenRevoked    EventKind = "token.revoked"
	EventUserProvisioned EventKind = "user.provisioned"
	// EventFirstUse means that an application gets its first token for a user.
	EventFirstUse EventKind = "delegation.first_used"
	// EventSecretExpiring means that a secret was used that is going to expire.
	EventSecretExpiring EventKind = "secret.expiring"
	EventKeyCreated     EventKind = "key.created"
	EventKeyActivated   EventKind = "key.activated"
	EventKeyRetired     EventKind = "key.retired"
	EventKeyCompromised EventKind = "key.compromised"
	// EventKeyMended means that a time of the key lay in the future, which would have kept it and its successors from
	// moving on, and was set to the present: a clock was wrong.
	EventKeyMended EventKind = "key.mended"
	// EventKeysStale means that the signing keys could not be read for so long that none is used any more, EventKeysFresh
	// that they were read again.
	EventKeysStale EventKind = "keys.stale"
	EventKeysFresh EventKind = "keys.fresh"
)

// Event is one decision or change, for an audit trail. It holds neither secrets and tokens nor addresses of users.
// Package audit has more kinds, of changes by operators.
type Event struct {
	Kind EventKind
	// ClientID and UserID are who acts and for whom, as far as they are known.
	ClientID, UserID string
	// By is who made a change, as package by tells; empty for decisions.
	By string
	// Reason is why something was refused.
	Reason Reason
	// Scopes are the actions of an issued token.
	Scopes scopes.Set
	// TokenID is the jti of the token, KeyID the id of the signing key or of the Google key, SecretID the public id of the
	// client secret.
	TokenID, KeyID, SecretID string
}

// tell reports an event.
func (a *Authority) tell(ctx context.Context, event Event) {
	if a.config.OnEvent != nil {
		a.config.OnEvent(ctx, event)
	}
}
