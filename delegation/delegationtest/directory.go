package delegationtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// Directory is [delegation.Applications], [delegation.Users],
// [delegation.Provisioner], [delegation.Revocations], [delegation.Assertions] and
// [delegation.UseRecorder] in memory, for tests. It is safe for concurrent use.
// Its methods panic on what only a wrong test can do.
type Directory struct {
	pepper delegation.Pepper

	mu           sync.Mutex
	applications map[string]delegation.Application
	secrets      map[string]map[string]delegation.StoredSecret // client id, secret id
	users        map[string]delegation.User
	statuses     map[[2]string]delegation.Status // client id and user id
	revoked      map[string]bool                 // token id
	assertions   map[[2]string]bool              // client id and assertion id
	acted        map[[2]string]bool              // client id and user id
}

// NewDirectory returns an empty directory. Secrets are stored under the pepper
// of the root key, which must be the Authority's.
func NewDirectory(rootKey delegation.RootKey) *Directory {
	return &Directory{
		pepper:       must(rootKey.Pepper()),
		applications: map[string]delegation.Application{},
		secrets:      map[string]map[string]delegation.StoredSecret{},
		users:        map[string]delegation.User{},
		statuses:     map[[2]string]delegation.Status{},
		revoked:      map[string]bool{},
		assertions:   map[[2]string]bool{},
		acted:        map[[2]string]bool{},
	}
}

// AddApplication stores the application, drawing a client id if it has none,
// and returns the id and a new secret.
func (d *Directory) AddApplication(app delegation.Application) (clientID string, secret delegation.Secret) {
	if app.ClientID == "" {
		app.ClientID = must(delegation.NewClientID(rand.Reader))
	}
	d.mu.Lock()
	d.applications[app.ClientID] = app
	d.secrets[app.ClientID] = map[string]delegation.StoredSecret{}
	d.mu.Unlock()
	return app.ClientID, d.AddSecret(app.ClientID, delegation.StoredSecret{})
}

// AddSecret gives the application one more secret, with the label, expiry and
// state of stored, and returns it.
func (d *Directory) AddSecret(clientID string, stored delegation.StoredSecret) delegation.Secret {
	secret := must(delegation.NewSecret(rand.Reader))
	stored.ID = must(secret.ID())
	stored.MAC = d.pepper.MAC(clientID, secret)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secrets[clientID][stored.ID] = stored
	return secret
}

// ChangeApplication applies change to the stored application.
func (d *Directory) ChangeApplication(clientID string, change func(*delegation.Application)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	app := d.applications[clientID]
	change(&app)
	d.applications[clientID] = app
}

// ChangeSecret applies change to the stored form of a secret.
func (d *Directory) ChangeSecret(clientID string, secret delegation.Secret, change func(*delegation.StoredSecret)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := must(secret.ID())
	stored := d.secrets[clientID][id]
	change(&stored)
	d.secrets[clientID][id] = stored
}

// RemoveApplication forgets the application and its secrets.
func (d *Directory) RemoveApplication(clientID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.applications, clientID)
	delete(d.secrets, clientID)
}

// AddUser stores an active user with this address and returns it.
func (d *Directory) AddUser(email string) delegation.User {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addUser(must(delegation.ParseEmail(email)))
}

func (d *Directory) addUser(email delegation.Email) delegation.User {
	user := delegation.User{ID: fmt.Sprintf("user-%d", len(d.users)+1), Email: email, Active: true}
	d.users[user.ID] = user
	return user
}

// ChangeUser applies change to the stored user.
func (d *Directory) ChangeUser(id string, change func(*delegation.User)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	user := d.users[id]
	change(&user)
	d.users[id] = user
}

// RemoveUser forgets the user.
func (d *Directory) RemoveUser(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.users, id)
}

// Application implements [delegation.Applications].
func (d *Directory) Application(ctx context.Context, clientID string) (delegation.Application, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	app, ok := d.applications[clientID]
	if !ok {
		return delegation.Application{}, delegation.ErrApplicationNotFound
	}
	return app, ctx.Err()
}

// ApplicationSecret implements [delegation.Applications].
func (d *Directory) ApplicationSecret(ctx context.Context, clientID, secretID string) (delegation.Application, delegation.StoredSecret, error) {
	app, err := d.Application(ctx, clientID)
	if err != nil {
		return delegation.Application{}, delegation.StoredSecret{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	stored, ok := d.secrets[clientID][secretID]
	if !ok {
		return app, delegation.StoredSecret{}, delegation.ErrSecretNotFound
	}
	return app, stored, nil
}

// SecretUsed implements [delegation.UseRecorder].
func (d *Directory) SecretUsed(clientID, secretID string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	stored := d.secrets[clientID][secretID]
	stored.LastUsedAt = at
	d.secrets[clientID][secretID] = stored
}

// FirstUse implements [delegation.UseRecorder].
func (d *Directory) FirstUse(ctx context.Context, clientID, userID string, _ time.Time) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := [2]string{clientID, userID}
	first := !d.acted[key]
	d.acted[key] = true
	return first, ctx.Err()
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
	if user, err := d.userByEmail(ctx, email); err == nil {
		return user, nil
	}
	return d.addUser(email), nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
