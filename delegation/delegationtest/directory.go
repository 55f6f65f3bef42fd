package delegationtest

import (
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/anteroom-go/anteroom/delegation"
)

// Directory implements [delegation.Applications], [delegation.Users],
// [delegation.Provisioner], [delegation.Records], [delegation.Assertions] and
// UseProof of package dpop in memory, for tests. It is safe for concurrent use. Its own methods panic on
// what only a wrong test can do.
type Directory struct {
	// UserID returns the id of the nth user who is added, from 1. Nil means user-1 and so on.
	UserID func(n int) string

	rootKeys delegation.RootKeys

	mu           sync.Mutex
	applications map[string]delegation.Application
	secrets      map[string]map[string]delegation.StoredSecret // by client id and secret id
	imported     map[string]delegation.Secret                  // by client id
	users        map[string]delegation.User
	people       int                        // how many users there ever were
	statuses     map[pair]delegation.Status // by client id and user id
	revoked      map[pair]bool              // by client id and token id
	assertions   map[pair]bool              // by client id and assertion id
	proofs       map[string]bool            // by proof id
	acted        map[pair]bool              // by client id and user id
}

// pair is a client id and another id.
type pair [2]string

// NewDirectory returns an empty directory. Secrets are stored under the root
// keys, which must be the Authority's.
func NewDirectory(rootKeys delegation.RootKeys) *Directory {
	return &Directory{
		rootKeys:     rootKeys,
		applications: map[string]delegation.Application{},
		secrets:      map[string]map[string]delegation.StoredSecret{},
		imported:     map[string]delegation.Secret{},
		users:        map[string]delegation.User{},
		statuses:     map[pair]delegation.Status{},
		revoked:      map[pair]bool{},
		assertions:   map[pair]bool{},
		proofs:       map[string]bool{},
		acted:        map[pair]bool{},
	}
}

// AddApplication stores the application, drawing a client id if it has none,
// and returns the id and a new secret.
func (d *Directory) AddApplication(app delegation.Application) (clientID string, secret delegation.Secret) {
	if app.ClientID == "" {
		app.ClientID = "app_" + rand.Text()
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
	secret := delegation.NewSecret()
	stored.ID = must(secret.ID())
	stored.MAC = d.rootKeys.MAC(clientID, secret)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secrets[clientID][stored.ID] = stored
	return secret
}

// ImportSecret gives the application a secret that another product made.
func (d *Directory) ImportSecret(clientID string, secret delegation.Secret) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.imported[clientID] = secret
	stored := delegation.StoredSecret{ID: delegation.ImportedSecretID, Imported: true}
	d.secrets[clientID][stored.ID] = stored
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

// OptOut notes that the user does not want the application to act for them.
func (d *Directory) OptOut(clientID, userID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := d.statuses[pair{clientID, userID}]
	status.OptedOut = true
	d.statuses[pair{clientID, userID}] = status
}

// AddUser stores an active user with this address and returns it.
func (d *Directory) AddUser(email string) delegation.User {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.addUser(must(delegation.ParseEmail(email)))
}

// addUser never uses an id again.
func (d *Directory) addUser(email delegation.Email) delegation.User {
	d.people++
	user := delegation.User{ID: fmt.Sprintf("user-%d", d.people), Email: email, Active: true}
	if d.UserID != nil {
		user.ID = d.UserID(d.people)
	}
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

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
