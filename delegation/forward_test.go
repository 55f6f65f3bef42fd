package delegation_test

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// forward forwards every method of every contract.
type forward struct {
	applications delegation.Applications
	users        delegation.Users
	provisioner  delegation.Provisioner
	records      delegation.Records
	assertions   delegation.Assertions
	keys         delegation.Keys
}

func (f forward) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	return f.applications.Application(ctx, clientID, userID, tokenID)
}

func (f forward) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	return f.applications.ApplicationSecret(ctx, clientID, secretID)
}

func (f forward) RevokeToken(ctx context.Context, clientID, tokenID string, until time.Time) error {
	return f.applications.RevokeToken(ctx, clientID, tokenID, until)
}

func (f forward) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	return f.applications.RevokeDelegation(ctx, clientID, userID)
}

func (f forward) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return f.users.UserByEmail(ctx, email)
}

func (f forward) UserByID(ctx context.Context, id string) (delegation.User, error) {
	return f.users.UserByID(ctx, id)
}

func (f forward) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	return f.provisioner.ProvisionUser(ctx, email)
}

func (f forward) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (func(), error)) (bool, error) {
	return f.records.CheckImportedSecret(ctx, clientID, secret, admit)
}

func (f forward) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	return f.records.RenewSecret(ctx, clientID, secretID, mac)
}

func (f forward) SecretUsed(clientID, secretID string, at time.Time) {
	f.records.SecretUsed(clientID, secretID, at)
}

func (f forward) FirstUse(ctx context.Context, clientID, userID string, at time.Time) (bool, error) {
	return f.records.FirstUse(ctx, clientID, userID, at)
}

func (f forward) UseAssertion(ctx context.Context, clientID, assertionID string, until time.Time) error {
	return f.assertions.UseAssertion(ctx, clientID, assertionID, until)
}

func (f forward) KeySet(ctx context.Context) (*delegation.KeySet, error) { return f.keys.KeySet(ctx) }
