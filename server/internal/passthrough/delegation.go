package passthrough

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// Applications passes the calls of a [delegation.Applications] on.
type Applications struct{ To delegation.Applications }

// Application implements [delegation.Applications].
func (a Applications) Application(ctx context.Context, clientID, userID, tokenID string,
) (delegation.Application, delegation.Status, error) {
	return a.To.Application(ctx, clientID, userID, tokenID)
}

// ApplicationSecret implements [delegation.Applications].
func (a Applications) ApplicationSecret(ctx context.Context, clientID, secretID string) (
	delegation.StoredSecret, error) {
	return a.To.ApplicationSecret(ctx, clientID, secretID)
}

// RevokeToken implements [delegation.Applications].
func (a Applications) RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error {
	return a.To.RevokeToken(ctx, clientID, tokenID, until)
}

// RevokeDelegation implements [delegation.Applications].
func (a Applications) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	return a.To.RevokeDelegation(ctx, clientID, userID)
}

// Records passes the calls of a [delegation.Records] on.
type Records struct{ To delegation.Records }

// CheckImportedSecret implements [delegation.Records].
func (r Records) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	return r.To.CheckImportedSecret(ctx, clientID, secret, admit)
}

// RenewSecret implements [delegation.Records].
func (r Records) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	return r.To.RenewSecret(ctx, clientID, secretID, mac)
}

// SecretUsed implements [delegation.Records].
func (r Records) SecretUsed(clientID, secretID string, at time.Time) {
	r.To.SecretUsed(clientID, secretID, at)
}

// FirstUse implements [delegation.Records].
func (r Records) FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error) {
	return r.To.FirstUse(ctx, clientID, userID, at)
}

// Users passes the calls of a [delegation.Users] on.
type Users struct{ To delegation.Users }

// UserByEmail implements [delegation.Users].
func (u Users) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return u.To.UserByEmail(ctx, email)
}

// UserByID implements [delegation.Users].
func (u Users) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return u.To.UserByID(ctx, id)
}

// Provisioner passes the calls of a [delegation.Provisioner] on.
type Provisioner struct{ To delegation.Provisioner }

// ProvisionUser implements [delegation.Provisioner].
func (p Provisioner) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return p.To.ProvisionUser(ctx, email)
}

// Keys passes the calls of a [delegation.Keys] on.
type Keys struct{ To delegation.Keys }

// KeySet implements [delegation.Keys].
func (k Keys) KeySet(ctx context.Context) (*delegation.KeySet, error) { return k.To.KeySet(ctx) }

// Assertions passes the calls of a [delegation.Assertions] on.
type Assertions struct{ To delegation.Assertions }

// UseAssertion implements [delegation.Assertions].
func (a Assertions) UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error {
	return a.To.UseAssertion(ctx, clientID, assertionID, until)
}

// Proofs passes the calls of a [dpop.Uses] on.
type Proofs struct{ To dpop.Uses }

// UseProof implements [dpop.Uses].
func (p Proofs) UseProof(ctx context.Context, proofID string, until time.Time) error {
	return p.To.UseProof(ctx, proofID, until)
}
