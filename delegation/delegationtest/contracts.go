package delegationtest

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// Application implements [delegation.Applications].
func (d *Directory) Application(ctx context.Context, clientID, userID, tokenID string) (
	delegation.Application, delegation.Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	app, err := d.application(ctx, clientID)
	if err != nil {
		return delegation.Application{}, delegation.Status{}, err
	}
	status := d.statuses[pair{clientID, userID}]
	status.Revoked = d.revoked[pair{clientID, tokenID}]
	return app, status, nil
}

func (d *Directory) application(ctx context.Context, clientID string) (delegation.Application, error) {
	if err := ctx.Err(); err != nil {
		return delegation.Application{}, err
	}
	app, ok := d.applications[clientID]
	if !ok {
		return delegation.Application{}, delegation.ErrApplicationNotFound
	}
	return app, nil
}

// ApplicationSecret implements [delegation.Applications].
func (d *Directory) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.StoredSecret, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	app, err := d.application(ctx, clientID)
	if err != nil {
		return delegation.StoredSecret{}, err
	}
	stored, ok := d.secrets[clientID][secretID]
	if !ok {
		return delegation.StoredSecret{}, delegation.ErrSecretNotFound
	}
	stored.ClientID, stored.ApplicationActive = clientID, app.Active
	stored.ApplicationRefuses = len(app.Keys) > 0 && !app.SecretsToo
	return stored, nil
}

// RevokeToken implements [delegation.Applications].
func (d *Directory) RevokeToken(ctx context.Context, clientID, tokenID string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	d.revoked[pair{clientID, tokenID}] = true
	return nil
}

// RevokeDelegation implements [delegation.Applications].
func (d *Directory) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.application(ctx, clientID); err != nil {
		return err
	}
	status := d.statuses[pair{clientID, userID}]
	status.Generation++
	d.statuses[pair{clientID, userID}] = status
	return nil
}

// CheckImportedSecret implements [delegation.Records]. It treats every comparison
// as one that costs much.
func (d *Directory) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	done, err := admit(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	d.mu.Lock()
	defer d.mu.Unlock()
	imported, ok := d.imported[clientID]
	return ok && imported == secret, ctx.Err()
}

// RenewSecret implements [delegation.Records].
func (d *Directory) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if stored, ok := d.secrets[clientID][secretID]; ok {
		stored.MAC = mac
		d.secrets[clientID][secretID] = stored
	}
	return ctx.Err()
}

// SecretUsed implements [delegation.Records].
func (d *Directory) SecretUsed(clientID, secretID string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if stored, ok := d.secrets[clientID][secretID]; ok {
		stored.LastUsedAt = at
		d.secrets[clientID][secretID] = stored
	}
}

// FirstUse implements [delegation.Records].
func (d *Directory) FirstUse(ctx context.Context, clientID, userID string, _ time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	first := !d.acted[pair{clientID, userID}]
	d.acted[pair{clientID, userID}] = true
	return first, nil
}

// UseAssertion implements [delegation.Assertions].
func (d *Directory) UseAssertion(ctx context.Context, clientID, assertionID string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.assertions[pair{clientID, assertionID}] {
		return delegation.ErrAssertionUsed
	}
	d.assertions[pair{clientID, assertionID}] = true
	return nil
}

// UserByEmail implements [delegation.Users].
func (d *Directory) UserByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.userByEmail(ctx, email)
}

func (d *Directory) userByEmail(ctx context.Context, email delegation.Email) (delegation.User, error) {
	for _, user := range d.users {
		if user.Email == email {
			return user, ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return delegation.User{}, err
	}
	return delegation.User{}, delegation.ErrUserNotFound
}

// UserByID implements [delegation.Users].
func (d *Directory) UserByID(ctx context.Context, id string) (delegation.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	user, ok := d.users[id]
	if !ok {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return user, ctx.Err()
}

// ProvisionUser implements [delegation.Provisioner].
func (d *Directory) ProvisionUser(ctx context.Context, email delegation.Email) (delegation.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return delegation.User{}, err
	}
	if user, err := d.userByEmail(ctx, email); err == nil {
		return user, nil
	}
	return d.addUser(email), nil
}
