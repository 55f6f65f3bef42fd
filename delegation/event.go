package delegation

import (
	"context"
	"errors"

	"github.com/anteroom-go/anteroom/scopes"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventTokenIssued  EventKind = "token.issued"
	EventTokenRefused EventKind = "token.refused"
	// EventTokenRevoked: one token was ended or, without a TokenID, all of an
	// application, or those for one user.
	EventTokenRevoked    EventKind = "token.revoked"
	EventUserProvisioned EventKind = "user.provisioned"
	// EventFirstUse: an application gets its first token for a user.
	EventFirstUse EventKind = "delegation.first_used"
	// EventSecretExpiring: a secret was used that is going to expire.
	EventSecretExpiring EventKind = "secret.expiring"
	EventKeyCreated     EventKind = "key.created"
	EventKeyActivated   EventKind = "key.activated"
	EventKeyRetired     EventKind = "key.retired"
	EventKeyCompromised EventKind = "key.compromised"
)

// Event is one decision or change, for an audit trail. It holds neither secrets
// and tokens nor addresses.
type Event struct {
	Kind EventKind
	// ClientID and UserID are who acts and for whom, as far as they are known.
	ClientID, UserID string
	// Reason is why something was refused.
	Reason Reason
	// Scopes are the actions of an issued token.
	Scopes scopes.Set
	// TokenID is the jti of the token, KeyID the id of the signing key,
	// SecretID the public id of the client secret.
	TokenID, KeyID, SecretID string
}

// OnEvent receives events. It is called in the request that made the decision,
// after it, and must not wait for long.
type OnEvent func(ctx context.Context, event Event)

// tell reports an event if anybody listens.
func (a *Authority) tell(ctx context.Context, event Event) {
	if a.config.OnEvent != nil {
		a.config.OnEvent(ctx, event)
	}
}

// tellIssue reports the outcome of a token request. That a directory was away
// is no decision.
func (a *Authority) tellIssue(ctx context.Context, token Token, err error) {
	var refusal *Refusal
	switch {
	case err == nil:
		a.tell(ctx, Event{Kind: EventTokenIssued, ClientID: token.Application.ClientID, UserID: token.User.ID, Scopes: token.Scopes, TokenID: token.ID})
	case errors.As(err, &refusal):
		a.tell(ctx, Event{Kind: EventTokenRefused, ClientID: refusal.ClientID, Reason: refusal.Reason})
	}
}
